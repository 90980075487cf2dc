// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A key for each fault that holds a message for long; there are few. */
struct watched {
	struct watched *next;
	size_t times;
	uint64_t value;
	size_t length;
	char key[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct watched *all;
static struct asker *askers;
static bool asked;
static double looked_at;

/* Where the key's place is, or the end of the list. */
static struct watched **find(struct text key)
{
	struct watched **place = &all;
	while (*place != NULL &&
	       ((*place)->length != key.length || memcmp((*place)->key, key.data, key.length) != 0))
		place = &(*place)->next;
	return place;
}

bool watch_begin(struct text key)
{
	pthread_mutex_lock(&mutex);
	struct watched **place = find(key);
	if (*place == NULL) {
		struct watched *watched = malloc(sizeof *watched + key.length);
		if (watched != NULL) {
			*watched = (struct watched){ .value = 1, .length = key.length };
			memcpy(watched->key, key.data, key.length);
		}
		*place = watched;
	}
	bool begun = *place != NULL;
	if (begun)
		(*place)->times++;
	pthread_mutex_unlock(&mutex);
	return begun;
}

void watch_end(struct text key)
{
	pthread_mutex_lock(&mutex);
	struct watched **place = find(key), *watched = *place;
	if (watched != NULL && --watched->times == 0) {
		*place = watched->next;
		free(watched);
	}
	pthread_mutex_unlock(&mutex);
}

uint64_t watch_value(struct text key, uint64_t otherwise)
{
	pthread_mutex_lock(&mutex);
	const struct watched *watched = *find(key);
	uint64_t value = watched == NULL ? otherwise : watched->value;
	pthread_mutex_unlock(&mutex);
	return value;
}

void watch_look(uint64_t (*value)(struct text key, uint64_t otherwise), double now)
{
	pthread_mutex_lock(&mutex);
	for (struct watched *each = all; each != NULL; each = each->next)
		each->value = value((struct text){ each->key, each->length }, 0);
	looked_at = now;
	asked = false;
	pthread_mutex_unlock(&mutex);
}

double watch_looked_at(void)
{
	pthread_mutex_lock(&mutex);
	double at = looked_at;
	pthread_mutex_unlock(&mutex);
	return at;
}

void watch_by(struct asker *asker)
{
	pthread_mutex_lock(&mutex);
	asker->next = askers;
	askers = asker;
	pthread_mutex_unlock(&mutex);
}

void watch_by_no_more(struct asker *asker)
{
	pthread_mutex_lock(&mutex);
	for (struct asker **place = &askers; *place != NULL; place = &(*place)->next)
		if (*place == asker) {
			*place = asker->next;
			break;
		}
	/* Whom it has told may not look any more. */
	asked = false;
	pthread_mutex_unlock(&mutex);
}

void watch_ask(void)
{
	pthread_mutex_lock(&mutex);
	if (!asked && askers != NULL) {
		asked = true;
		askers->commit(askers->scheduler, 0);
	}
	pthread_mutex_unlock(&mutex);
}
