# mapscope: see README.md. `make help` lists the targets.
B       ?= build
BUILD   ?= release
CC      ?= gcc
PREFIX  ?= /usr/local
VERSION := 0.1.0
# One spelling of a path, or the dependency files miss: B may be absolute.
O       := $(patsubst $(CURDIR)/%,%,$(abspath $(B)))/$(BUILD)

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wcast-qual -Wformat=2 -Wundef -Wwrite-strings -Wimplicit-fallthrough
ifneq (,$(findstring gcc,$(notdir $(CC))))
WARN += -Wduplicated-cond -Wduplicated-branches -Wlogical-op
endif
ifneq ($(WERROR),)
WARN += -Werror
endif

OPT_debug   := -O0 -g3
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	       -fno-omit-frame-pointer
PKGS     := libelf ncursesw zlib sqlite3 libzstd jansson
# reads compressed debug information three times as fast as zlib
DEFLATE  := $(shell pkg-config --exists libdeflate 2>/dev/null && echo libdeflate)
PKGS     += $(DEFLATE)
CFLAGS   += -std=c17 $(WARN) $(OPT_$(BUILD))
CPPFLAGS += -D_GNU_SOURCE -I. -DMAPSCOPE_VERSION='"$(VERSION)"' \
	    $(if $(DEFLATE),-DHAVE_LIBDEFLATE) \
	    $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDFLAGS  += $(filter -fsanitize%,$(OPT_$(BUILD)))
LDLIBS   := -ldwarf $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread -lm

SRC  := $(wildcard dwarf/*.c core/*/*.c tui/*.c tui/*/*.c)
LIB  := $(O)/libmapscope.a
OBJ  := $(SRC:%.c=$(O)/%.o)
UNIT := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/test_*.c))
E2E  := $(patsubst %.c,$(O)/%,$(wildcard tests/e2e/test_*.c))
SUPPORT := $(patsubst %.c,$(O)/%.o,$(wildcard tests/support/*.c))
Q    := $(if $(V),,@)

.SECONDARY:
.PHONY: FORCE all help clean check check-e2e unit build-tests deps test asan fuzz lint golden demo soak bench \
	install run-tests

all: $(B)/mapscope  ## build the program at build/mapscope

help:  ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | \
		awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

$(B)/mapscope: $(O)/mapscope
	$(Q)ln -f $< $@ 2>/dev/null || cp $< $@

$(O)/mapscope: $(O)/tui/main.o $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(O)/tui/main.o $(LIB) $(LDLIBS)

# The commit is main.o's alone: a new one links the program again, no test.
COMMIT := $(shell git describe --always --dirty 2>/dev/null)
$(O)/tui/main.o: CPPFLAGS += -DMAPSCOPE_COMMIT='"$(COMMIT)"'
$(O)/tui/main.o: $(O)/commit
$(O)/commit: FORCE
	@mkdir -p $(@D)
	@if [ ! -e $@ ] || { [ -n "$(COMMIT)" ] && \
		[ "$(COMMIT)" != "$$(cat $@)" ]; }; then \
		echo "$(COMMIT)" >$@; fi
FORCE:

$(LIB): $(filter-out $(O)/tui/main.o,$(OBJ))
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# An archive: a test links only what it uses of it.
$(O)/libsupport.a: $(SUPPORT)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libsupport.a $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(O)/libsupport.a $(LIB) $(LDLIBS) -lcmocka

$(O)/tests/e2e/%: $(O)/tests/e2e/%.o $(O)/libsupport.a $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(O)/libsupport.a $(LIB) $(LDLIBS) -lcmocka -lvterm -ljansson -lutil

# make tests/unit/test_buf runs one
tests/unit/%: $(O)/tests/unit/%
	$(Q)$<

unit: $(UNIT)
	$(Q)set -e; for t in $(UNIT); do echo "== $$t"; $$t; done

build-tests: $(UNIT) $(E2E)  ## all tests, without running them

check: unit  ## unit tests; no privileges needed

check-e2e: $(B)/mapscope $(E2E)  ## tests on real Go processes
	$(Q)MAPSCOPE=$(B)/mapscope tests/support/run_tests.sh $(E2E)

deps:  ## install what building and testing needs (Debian, Ubuntu)
	$(Q)tests/support/deps.sh

# The compiler may be among what is missing, hence the second make.
test:  ## all tests on all versions of Go that can be had
	$(Q)tests/support/deps.sh --check || tests/support/deps.sh --test
	$(Q)$(MAKE) --no-print-directory run-tests

run-tests: $(B)/mapscope $(UNIT) $(E2E)
	$(Q)MAPSCOPE=$(B)/mapscope tests/support/run_tests.sh --go $(UNIT) $(E2E)

GOLDEN := $(O)/tests/e2e/test_screens $(O)/tests/e2e/test_screens_live
golden: $(B)/mapscope $(GOLDEN)  ## write the screens that tests compare with
	$(Q)MAPSCOPE=$(B)/mapscope tests/support/write_golden.sh $(GOLDEN)

demo:  ## open mapscope on a leaking demo service
	$(Q)tests/support/deps.sh --check || tests/support/deps.sh --test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/support/demo.sh $(B)/mapscope

# On real processes, some ten times slower: make check-e2e BUILD=asan B=build/asan
asan:  ## unit tests under ASan and UBSan, gcc and clang
	$(Q)for cc in gcc clang; do $(MAKE) --no-print-directory BUILD=asan \
		CC=$$cc B=build/asan-$$cc unit || exit 1; done

fuzz:  ## each fuzz target for FUZZ_SECONDS (60)
	$(Q)tests/support/fuzz.sh $${FUZZ_SECONDS:-60}

lint:  ## layers, sizes, format, static analysis of what changed; LINT=all
	$(Q)tests/lint/run.sh

SOAK := $(O)/tests/e2e/test_fork $(O)/tests/e2e/test_fork_limits
soak: $(B)/mapscope $(SOAK)  ## 500 forks and 400 kills of Go processes
	$(Q)MAPSCOPE_SOAK=1 MAPSCOPE=$(B)/mapscope \
		tests/support/run_tests.sh --go $(SOAK)

$(O)/tests/bench/%: $(O)/tests/bench/%.o $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS) -lutil

BENCH := $(O)/tests/bench/ask $(O)/tests/bench/bare_copy
bench: $(B)/mapscope $(BENCH)  ## times as ratios; BENCH_LONG=1 for all sizes
	$(Q)tests/bench/bench.sh $(B)/mapscope $(O)/tests/bench

# The man page and the completions come from the program's own tables.
$(O)/share/mapscope.1: $(B)/mapscope tui/share/mapscope.1.head \
		tui/share/mapscope.1.tail
	@mkdir -p $(@D)
	$(Q)cat tui/share/mapscope.1.head >$@ && $(B)/mapscope man >>$@ && \
		cat tui/share/mapscope.1.tail >>$@
	$(Q)for s in bash zsh fish; do \
		$(B)/mapscope completion $$s >$(@D)/mapscope.$$s; done

install: all $(O)/share/mapscope.1  ## PREFIX=/usr/local, DESTDIR for packagers
	install -D -m 755 $(B)/mapscope $(DESTDIR)$(PREFIX)/bin/mapscope
	$(Q)set -e; share=$(DESTDIR)$(PREFIX)/share; \
	put() { install -D -m 644 "$(O)/share/$$1" "$$share/$$2"; }; \
	put mapscope.1 man/man1/mapscope.1; \
	for page in mapscope-keys.7 mapscope-filters.7 mapscope.conf.5 msnap.5; \
	do echo .so man1/mapscope.1 >"$(O)/share/$$page"; \
		put $$page man/man$${page##*.}/$$page; done; \
	put mapscope.bash bash-completion/completions/mapscope; \
	put mapscope.zsh zsh/site-functions/_mapscope; \
	put mapscope.fish fish/vendor_completions.d/mapscope.fish

clean:  ## remove everything that was built
	rm -rf build

-include $(OBJ:.o=.d) $(SUPPORT:.o=.d) $(UNIT:=.d) $(E2E:=.d) $(BENCH:=.d)
