// SPDX-License-Identifier: Apache-2.0
#include "pace.h"

/* Seconds. What could not pass because nobody came to let it, on a busy machine or while the other side was not reading,
 * passes later, up to that of so long. */
#define CATCH_UP 0.5
/* The same where there was nothing to pass for no longer than this; after a longer pause all begins anew. */
#define PAUSE 0.05

void pace_begin(struct pace *pace, double bytes_per_second, double now)
{
	*pace = (struct pace){ .bytes_per_second = bytes_per_second, .idle = true, .idle_since = now - 2 * PAUSE };
}

size_t pace_allows(struct pace *pace, double now)
{
	double earliest = now - CATCH_UP;
	if (pace->idle)
		earliest = now - pace->idle_since > PAUSE ? now : now - PAUSE;
	pace->idle = false;
	if (pace->clear_at < earliest)
		pace->clear_at = earliest;
	double bytes = (now + PACE_TICK - pace->clear_at) * pace->bytes_per_second;
	return bytes > 0 ? (size_t)bytes : 0;
}

void pace_passed(struct pace *pace, size_t bytes)
{
	pace->clear_at += (double)bytes / pace->bytes_per_second;
}

void pace_idle(struct pace *pace, double now)
{
	if (!pace->idle)
		pace->idle_since = now;
	pace->idle = true;
}
