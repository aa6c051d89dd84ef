#ifndef CORE_SESSION_DIFF_PRIV_H
#define CORE_SESSION_DIFF_PRIV_H

#include "core/session/diff.h"

/** Fill the sentences of a complete diff. */
void diff_say(struct diff *diff);

#endif
