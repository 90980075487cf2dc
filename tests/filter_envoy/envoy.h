// SPDX-License-Identifier: Apache-2.0
/* As much of Envoy as the filter uses: what envoy.c does when the filter calls, and lives.c when it calls the filter. */

#ifndef RIFTGATE_TESTS_ENVOY_H
#define RIFTGATE_TESTS_ENVOY_H

#include "../../envoy/filter/src/connection.h"
#include "../../envoy/filter/src/envoy.h"

#include <pthread.h>

#define CHECK(what) ((what) ? (void)0 : fail(__LINE__, #what))
#define MAX_CALLOUTS 64
#define MAX_CONFIGS 3

/* A connection of Envoy's, on one thread. */
struct fake {
	void *ours;
	bool open, close_disabled, read_disabled, corrupted, may_lose;
	/* Of each stream: how many bytes have come and passed, and whether its end has. */
	uint64_t came[STREAMS], passed[STREAMS];
	bool came_end[STREAMS], passed_end[STREAMS];
	/* What it is being told of. */
	char buffer[1 << 17];
	size_t start, length;
	struct {
		uint64_t id;
		bool meet;
	} callouts[MAX_CALLOUTS];
	size_t callout_count;
	uint64_t next_callout, version;
	char faults[1024];
	size_t told;
};

/* What another thread has said: read by the connection's. */
struct scheduler {
	pthread_mutex_t mutex;
	bool due, warming, deleted;
};

/* What a thread makes of its chances; from the seed. */
extern uint64_t random_state;
/* Of the connection that was made last. */
extern struct scheduler *last_scheduler;

/* This thread may read the runtime. */
extern _Thread_local bool is_main;

/* Something was said to a scheduler, and is heard. */
void commit(struct scheduler *scheduler, bool *said);
bool take(struct scheduler *scheduler, bool *said);

/* The main thread does what it was asked to: of HTTP filters' configurations, in the order in which they were made. */
void main_thread_turns(void *const *configs);

/* Faults `a` and `b`, which are keys of the runtime, are turned on or off. */
void switch_faults(uint64_t *chance);

_Noreturn void fail(int line, const char *what);

/* By chance, below this. */
uint64_t below(uint64_t bound);

/* The byte at this place of a stream. */
char byte_at(enum stream stream, uint64_t place);

/* Envoy closes the connection. */
void raise_close(struct fake *fake);

/* Bytes of the connection have come past the filter. */
void passes(struct fake *fake, enum stream stream, struct text data, bool end_stream);

#endif
