// SPDX-License-Identifier: Apache-2.0
/* What the filter calls. */

#include "envoy.h"

#include "../../envoy/filter/src/http.h"
#include "../../envoy/filter/src/timer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t random_state;
struct scheduler *last_scheduler;
_Thread_local bool is_main;

/* Of the HTTP filters' configurations. */
static struct scheduler config_schedulers[MAX_CONFIGS];
static size_t configs_made;
/* Milliseconds of the clock, for faults `a` and `b`. */
static _Atomic uint64_t until[2];

_Noreturn void fail(int line, const char *what)
{
	fprintf(stderr, "line %d: not %s\n", line, what);
	abort();
}

uint64_t below(uint64_t bound)
{
	return random_below(&random_state, bound);
}

/* The byte at this place of a stream. */
char byte_at(enum stream stream, uint64_t place)
{
	uint64_t state = place * 2 + stream;
	return (char)random_next(&state);
}

size_t envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks_size(void *filter)
{
	struct fake *fake = filter;
	return fake->length == 0 ? 0 : fake->length / 1000 + 1;
}

bool envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks(void *filter, struct text *chunks)
{
	struct fake *fake = filter;
	for (size_t each = 0; each * 1000 <= fake->length; each++) {
		size_t left = fake->length - each * 1000;
		chunks[each] = (struct text){ fake->buffer + fake->start + each * 1000, left < 1000 ? left : 1000 };
	}
	return true;
}

size_t envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks_size(void *filter)
{
	return envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks_size(filter);
}

bool envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks(void *filter, struct text *chunks)
{
	return envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks(filter, chunks);
}

bool envoy_dynamic_module_callback_network_filter_drain_read_buffer(void *filter, size_t length)
{
	struct fake *fake = filter;
	CHECK(length <= fake->length);
	/* What is drained is no longer there. */
	memset(fake->buffer + fake->start, 0xdd, length);
	fake->start += length;
	fake->length -= length;
	return length > 0;
}

bool envoy_dynamic_module_callback_network_filter_drain_write_buffer(void *filter, size_t length)
{
	return envoy_dynamic_module_callback_network_filter_drain_read_buffer(filter, length);
}

void raise_close(struct fake *fake)
{
	fake->open = false;
	envoy_dynamic_module_on_network_filter_event(fake, fake->ours, below(2) ? LOCAL_CLOSE : REMOTE_CLOSE);
}

void passes(struct fake *fake, enum stream stream, struct text data, bool end_stream)
{
	CHECK(fake->open);
	CHECK(data.length == 0 || !fake->passed_end[stream]);
	for (size_t each = 0; each < data.length; each++)
		CHECK(fake->corrupted || data.data[each] == byte_at(stream, fake->passed[stream] + each));
	fake->passed[stream] += data.length;
	CHECK(fake->passed[stream] <= fake->came[stream]);
	fake->passed_end[stream] |= end_stream;
	/* The filters behind may close it. */
	if (below(200) == 0) {
		fake->may_lose = true;
		raise_close(fake);
	}
}

void envoy_dynamic_module_callback_network_filter_inject_read_data(void *filter, struct text data, bool end_stream)
{
	passes(filter, UPSTREAM, data, end_stream);
}

void envoy_dynamic_module_callback_network_filter_inject_write_data(void *filter, struct text data, bool end_stream)
{
	passes(filter, DOWNSTREAM, data, end_stream);
}

void envoy_dynamic_module_callback_network_filter_close(void *filter, enum close_type type)
{
	struct fake *fake = filter;
	CHECK(fake->open && type == ABORT_RESET);
	fake->may_lose = true;
	raise_close(fake);
}

void envoy_dynamic_module_callback_network_filter_disable_close(void *filter, bool disabled)
{
	struct fake *fake = filter;
	CHECK(fake->open && disabled != fake->close_disabled);
	fake->close_disabled = disabled;
	/* One that has waited. */
	if (!disabled && below(10) == 0)
		raise_close(fake);
}

int envoy_dynamic_module_callback_network_filter_read_disable(void *filter, bool disabled)
{
	struct fake *fake = filter;
	CHECK(fake->open && disabled != fake->read_disabled);
	fake->read_disabled = disabled;
	return 0;
}

uint64_t envoy_dynamic_module_callback_network_filter_get_connection_id(void *filter)
{
	(void)filter;
	return 7;
}

bool envoy_dynamic_module_callback_network_filter_get_local_address(void *filter, struct text *address,
								    uint32_t *port)
{
	(void)filter;
	*address = (struct text){ "fd00::1", 7 };
	*port = 80;
	return true;
}

bool envoy_dynamic_module_callback_network_filter_get_remote_address(void *filter, struct text *address,
								     uint32_t *port)
{
	(void)filter;
	*address = (struct text){ "10.0.0.2", 8 };
	*port = 40000;
	return true;
}

void envoy_dynamic_module_callback_network_set_dynamic_metadata_string(void *filter, struct text name_space,
								       struct text key, struct text value)
{
	CHECK(((struct fake *)filter)->open);
	CHECK(name_space.length > 0 && key.length > 0 && value.length > 0);
}

enum callout_start envoy_dynamic_module_callback_network_filter_http_callout(void *filter, uint64_t *callout,
									     struct text cluster,
									     struct header *headers,
									     size_t header_count, struct text body,
									     uint64_t timeout_milliseconds)
{
	(void)timeout_milliseconds;
	struct fake *fake = filter;
	CHECK(fake->open && cluster.length == 7 && header_count == 6 && body.length > 5);
	bool meet = memcmp(headers[3].value + headers[3].value_length - 4, "Meet", 4) == 0;
	CHECK(memmem(body.data, body.length, meet ? "\nknown " : "\ndid ", meet ? 7 : 5) != NULL);
	uint64_t id = fake->next_callout++;
	if (below(20) == 0 || fake->callout_count == MAX_CALLOUTS) {
		/* Envoy may say so before it returns. */
		if (below(2))
			envoy_dynamic_module_on_network_filter_http_callout_done(fake, fake->ours, id,
										 CALLOUT_RESET, NULL, 0, NULL, 0);
		return CALLOUT_REFUSED;
	}
	fake->callouts[fake->callout_count].id = id;
	fake->callouts[fake->callout_count++].meet = meet;
	*callout = id;
	return CALLOUT_STARTED;
}

void *envoy_dynamic_module_callback_network_filter_scheduler_new(void *filter)
{
	(void)filter;
	struct scheduler *scheduler = calloc(1, sizeof *scheduler);
	pthread_mutex_init(&scheduler->mutex, NULL);
	return last_scheduler = scheduler;
}

void envoy_dynamic_module_callback_network_filter_scheduler_delete(void *scheduler)
{
	/* Kept until the connection's end, to see whether anybody uses it still. */
	((struct scheduler *)scheduler)->deleted = true;
}

void envoy_dynamic_module_callback_network_filter_scheduler_commit(void *scheduler, uint64_t event)
{
	struct scheduler *said = scheduler;
	CHECK(event == 0 || event == WARMING);
	pthread_mutex_lock(&said->mutex);
	CHECK(!said->deleted);
	*(event == 0 ? &said->due : &said->warming) = true;
	pthread_mutex_unlock(&said->mutex);
}

/* --- the main thread --------------------------------------------------------------------------------------------- */

void *envoy_dynamic_module_callback_http_filter_config_scheduler_new(void *config)
{
	(void)config;
	struct scheduler *scheduler = &config_schedulers[configs_made++];
	pthread_mutex_init(&scheduler->mutex, NULL);
	return scheduler;
}

void commit(struct scheduler *scheduler, bool *said)
{
	pthread_mutex_lock(&scheduler->mutex);
	CHECK(!scheduler->deleted);
	*said = true;
	pthread_mutex_unlock(&scheduler->mutex);
}

bool take(struct scheduler *scheduler, bool *said)
{
	pthread_mutex_lock(&scheduler->mutex);
	bool was_said = *said;
	*said = false;
	pthread_mutex_unlock(&scheduler->mutex);
	return was_said;
}

void envoy_dynamic_module_callback_http_filter_config_scheduler_delete(void *scheduler)
{
	((struct scheduler *)scheduler)->deleted = true;
}

void envoy_dynamic_module_callback_http_filter_config_scheduler_commit(void *scheduler, uint64_t event)
{
	CHECK(event == 0);
	commit(scheduler, &((struct scheduler *)scheduler)->due);
}

uint64_t envoy_dynamic_module_callback_get_runtime_int(struct text key, uint64_t otherwise)
{
	CHECK(is_main && key.length == 1);
	uint64_t value = atomic_load(&until[key.data[0] == 'b']);
	return value == 0 ? otherwise : value;
}

void main_thread_turns(void *const *configs)
{
	for (size_t each = 0; each < configs_made; each++)
		if (take(&config_schedulers[each], &config_schedulers[each].due))
			envoy_dynamic_module_on_http_filter_config_scheduled(NULL, configs[each], 0);
}

void switch_faults(uint64_t *chance)
{
	uint64_t now = (uint64_t)(clock_now() * 1000);
	uint64_t ends[] = { 0, now, now + 2, now + 3600000 };
	atomic_store(&until[random_below(chance, 2)], ends[random_below(chance, 4)]);
}
