// SPDX-License-Identifier: Apache-2.0
/* What Envoy's runtime says, for worker threads: only the main thread can read it. */

#ifndef RIFTGATE_WATCH_H
#define RIFTGATE_WATCH_H

#include "envoy.h"

/* Until as many ..._end, the key is looked up whenever the main thread looks; before that it has the value 1. false: there
 * is no memory. */
bool watch_begin(struct text key);
void watch_end(struct text key);

/* As it was when the main thread looked last; `otherwise` for a key that nobody watches. */
uint64_t watch_value(struct text key, uint64_t otherwise);

/* On the main thread: all keys, by Envoy's ..._get_runtime_int. `now` is in seconds of the clock. */
void watch_look(uint64_t (*value)(struct text key, uint64_t otherwise), double now);

/* When that was last; at first 0. */
double watch_looked_at(void);

/* What the main thread can be told to look by: Envoy's ..._config_scheduler_commit, with a scheduler of a configuration
 * whose ..._config_scheduled calls watch_look. */
struct asker {
	struct asker *next;
	void (*commit)(void *scheduler, uint64_t event);
	void *scheduler;
};
void watch_by(struct asker *asker);
void watch_by_no_more(struct asker *asker);

/* From any thread: by one of them, unless that has been done since it looked last. */
void watch_ask(void);

#endif
