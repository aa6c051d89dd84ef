#include <elf.h>

#include "core/session/session_priv.h"
#include "core/session/snapshot.h"
#include "core/target/core_write.h"

struct error *snapshot_write_core(const struct session *session,
				  const char *path, bool force, struct job *job)
{
	const struct elf_file *elf;
	struct core_program program;
	struct error *err;
	Elf64_Ehdr head;

	if (!session_has_memory(session))
		return session_needs_memory(session);
	elf = session->program->elf;
	if ((err = elf_file_read(elf, 0, &head, sizeof(head))))
		return err;
	program = (struct core_program){
		.entry = head.e_entry + session->rt->bias,
		.phdr = elf_file_base(elf) + session->rt->bias + head.e_phoff,
		.phent = head.e_phentsize,
		.phnum = head.e_phnum,
	};
	return sample_write_core(session->sample, &program, path, force,
				 session->options.threads, job);
}
