// SPDX-License-Identifier: Apache-2.0
/* Appointments with filters: one thread for the whole process, which tells their worker threads when one is due.
 *
 * A filter lives on its worker thread and has no timers there; it has a scheduler, which may be used from any thread
 * for as long as the filter is. */

#ifndef RIFTGATE_TIMER_H
#define RIFTGATE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event that means nothing: the worker is woken a moment before one that does. */
#define WARMING UINT64_MAX

struct timer {
	/* Seconds of the clock: what it was set to last. */
	double due;
	/* By how many seconds that is earlier than what it is set for. */
	double early;
	/* It was set to a moment that had not come yet: how late its worker is woken, it tells. */
	bool tells;
	/* Its worker is awake shortly before that, or has been woken. */
	bool warm;
	/* In the heap, from 1; 0: it is not set. */
	size_t place;
	/* Called once when it is due, by another thread: Envoy's ..._scheduler_commit. It is not set any more then. Before
	 * that it may be called with WARMING. */
	void (*commit)(void *scheduler, uint64_t event);
	void *scheduler;
	uint64_t event;
};

/* Seconds of CLOCK_BOOTTIME, which goes on while the machine sleeps: leases end by it. */
double clock_now(void);

/* Instead of what it was set to. false: there is no memory or no thread for it, and it is not set. */
bool timer_set(struct timer *timer, double due);

/* By the worker that is to be woken: as much earlier as that is late in the mean, for what has to be done when it is due;
 * a quarter of a millisecond at most. */
bool timer_set_early(struct timer *timer, double due);

/* By the worker that it has woken: learns how late that is. */
void timer_woken(const struct timer *timer, double now);

/* When this returns the timer is not used by the other thread any more, now or later. */
void timer_cancel(struct timer *timer);

#endif
