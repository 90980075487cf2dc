// SPDX-License-Identifier: Apache-2.0
#include "timer.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* What the thread, and the workers that it wakes, ask the kernel to run at a time, in nanoseconds: the least that it
 * grants. From Linux 6.12 on a thread with a shorter slice than the one that runs takes its place when it wakes; by default
 * it may wait for some milliseconds (Documentation/scheduler/sched-eevdf.rst). It gets no larger share by that. */
#define SLICE_NANOSECONDS 100000

/* Seconds. Where nobody has been woken for so long, a worker's core sleeps and its code has left the caches; it is woken so
 * much earlier than it has to be, too, and is faster then. Where there is more to do, nobody needs that. */
#define COLD 2e-3
#define WARM_UP 150e-6

/* Nothing is woken earlier than that, in seconds, however busy the machine has been. */
#define MOST_EARLY 250e-6
/* What is later counts as so late: the machine was elsewhere. */
#define MOST_LATE 1e-3
/* Of so many appointments the lateness is the mean; of more, the last ones have most to say. */
#define REMEMBERED 64.0

/* A heap, the earliest at 1. The mutex is held while the thread commits, so that who cancels a timer waits for that. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct timer **heap;
static size_t count, room;
static int clock_file = -1;
/* When the thread wakes; 0: it sleeps until somebody sets the clock file. */
static double armed;
/* When somebody was woken last. */
static double woken;

/* Of each worker: seconds from when it is to be woken until it knows, the mean; and of how many appointments.
 *
 * Of delays that are spread, each part of their distribution is late by the mean of what its delays are late by, not by
 * the median, which is less. */
static _Thread_local double lateness, learned_from;
/* This thread is woken at once. */
static _Thread_local bool soon;

double clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void put(struct timer *timer, size_t place)
{
	heap[place] = timer;
	timer->place = place;
}

static void rise(struct timer *timer, size_t place)
{
	for (; place > 1 && heap[place / 2]->due > timer->due; place /= 2)
		put(heap[place / 2], place);
	put(timer, place);
}

static void sink(struct timer *timer, size_t place)
{
	for (size_t child; (child = 2 * place) <= count; place = child) {
		if (child < count && heap[child + 1]->due < heap[child]->due)
			child++;
		if (heap[child]->due >= timer->due)
			break;
		put(heap[child], place);
	}
	put(timer, place);
}

static void take_out(struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last = heap[count--];
	timer->place = 0;
	if (last == timer)
		return;
	if (place > 1 && heap[place / 2]->due > last->due)
		rise(last, place);
	else
		sink(last, place);
}

static bool is_cold(const struct timer *timer)
{
	return !timer->warm && timer->due - woken > COLD;
}

static void arm(void)
{
	if (count == 0)
		return;
	double wake = is_cold(heap[1]) ? heap[1]->due - WARM_UP : heap[1]->due;
	if (armed != 0 && armed <= wake)
		return;
	armed = wake > 0 ? wake : 1e-9;
	struct itimerspec at = { .it_value.tv_sec = (time_t)armed };
	at.it_value.tv_nsec = (long)((armed - (double)at.it_value.tv_sec) * 1e9);
	if (at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0)
		at.it_value.tv_nsec = 1;
	timerfd_settime(clock_file, TFD_TIMER_ABSTIME, &at, NULL);
}

/* sched_setattr(2), which libc has no function for. A kernel that knows no slices leaves it as it was. */
static void wake_soon(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = { .size = sizeof attributes };
	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0)
		return;
	attributes.runtime = SLICE_NANOSECONDS;
	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static void *keep_appointments(void *nothing)
{
	uint64_t times;
	wake_soon();
	for (;;) {
		if (read(clock_file, &times, sizeof times) < 0 && errno != EINTR && errno != EAGAIN)
			return nothing;
		pthread_mutex_lock(&mutex);
		armed = 0;
		/* The kernel's clock and this one round apart by a nanosecond. */
		double now = clock_now() + 1e-6;
		while (count > 0 && heap[1]->due <= now) {
			struct timer *due = heap[1];
			take_out(due);
			due->commit(due->scheduler, due->event);
			woken = now;
		}
		if (count > 0 && is_cold(heap[1]) && heap[1]->due - WARM_UP <= now) {
			heap[1]->warm = true;
			heap[1]->commit(heap[1]->scheduler, WARMING);
			woken = now;
		}
		arm();
		pthread_mutex_unlock(&mutex);
	}
}

static bool begin(void)
{
	if (clock_file >= 0)
		return true;
	int file = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	if (file < 0)
		return false;
	/* Signals are Envoy's. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	clock_file = file;
	pthread_t thread;
	bool started = pthread_create(&thread, NULL, keep_appointments, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started) {
		pthread_detach(thread);
		return true;
	}
	clock_file = -1;
	close(file);
	return false;
}

static bool make_room(void)
{
	/* Places begin at 1. */
	if (count + 1 < room)
		return true;
	size_t more = room == 0 ? 64 : 2 * room;
	struct timer **larger = realloc(heap, more * sizeof *heap);
	if (larger == NULL)
		return false;
	heap = larger;
	room = more;
	return true;
}

static bool set(struct timer *timer, double due, double early)
{
	bool set = true;
	double now = clock_now();
	if (!soon) {
		soon = true;
		wake_soon();
	}
	pthread_mutex_lock(&mutex);
	if (timer->place != 0)
		take_out(timer);
	timer->due = due - early;
	timer->early = early;
	timer->tells = timer->due > now;
	timer->warm = timer->due - now <= COLD;
	if ((set = begin() && make_room())) {
		rise(timer, ++count);
		arm();
	}
	pthread_mutex_unlock(&mutex);
	return set;
}

bool timer_set(struct timer *timer, double due)
{
	return set(timer, due, 0);
}

bool timer_set_early(struct timer *timer, double due)
{
	return set(timer, due, fmin(lateness, MOST_EARLY));
}

void timer_woken(const struct timer *timer, double now)
{
	double late = now - timer->due;
	if (!timer->tells || late < 0)
		return;
	learned_from = fmin(learned_from + 1, REMEMBERED);
	lateness += (fmin(late, MOST_LATE) - lateness) / learned_from;
}

void timer_cancel(struct timer *timer)
{
	pthread_mutex_lock(&mutex);
	if (timer->place != 0)
		take_out(timer);
	pthread_mutex_unlock(&mutex);
}
