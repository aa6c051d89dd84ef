#include "tui/commands/commands.h"

const struct command *const commands[] = {
	&attach_entry,	 &core_entry,	  &maps_entry,	     &map_entry,
	&entries_entry,	 &findings_entry, &refs_entry,	     &retained_entry,
	&types_entry,	 &objects_entry,  &find_entry,	     &addr_entry,
	&snapshot_entry, &open_entry,	  &goroutines_entry, &stack_entry,
	&locals_entry,	 &args_entry,	  &vars_entry,	     &stats_entry,
	&ps_entry,	 &doctor_entry,	  &schema_entry,     &completion_entry,
	&man_entry,	 &version_entry,  &help_entry,	     NULL,
};
