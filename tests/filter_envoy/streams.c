// SPDX-License-Identifier: Apache-2.0
/* HTTP streams that do what they like: requests and responses that are held for random times under faults that are on or
 * not, routes that are replaced meanwhile, and callers that leave. As in Envoy, several worker threads have streams, and
 * the main thread alone reads the runtime. It fails (abort, or what the compiler's checks find) where a message goes on
 * twice or never, where the filters use a stream after its end, or where memory is left.
 *
 *   streams SEED STREAMS */

#include "envoy.h"

#include "../../envoy/filter/src/http.h"
#include "../../envoy/filter/src/timer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORKERS 3
#define CONFIGS 3
#define AT_ONCE 8
#define PATIENCE_SECONDS 60

static const char *const names[CONFIGS] = { "lease", "hold-request", "hold-response" };

/* One of a stream's. */
struct filter {
	struct http_stream *stream;
	size_t which;
	void *ours;
	struct scheduler *scheduler;
};

/* A stream of Envoy's, as its worker sees it. */
struct http_stream {
	bool open;
	/* Which of the filters is called next; CONFIGS: all were. */
	size_t next;
	bool stopped, spared;
	struct filter filters[CONFIGS];
};

static void *configs[CONFIGS];
static atomic_size_t held, let_go;
static long streams_per_worker;
static _Thread_local uint64_t chance;
static _Thread_local void *routes[CONFIGS];

static uint64_t luck(uint64_t bound)
{
	return random_below(&chance, bound);
}

static void pause_for(long nanoseconds)
{
	struct timespec pause = { .tv_nsec = nanoseconds };
	nanosleep(&pause, NULL);
}

/* --- what the filters call --------------------------------------------------------------------------------------- */

const void *envoy_dynamic_module_callback_get_most_specific_route_config(void *filter)
{
	struct filter *asks = filter;
	CHECK(asks->stream->open);
	return asks->stream->spared ? NULL : routes[asks->which];
}

bool envoy_dynamic_module_callback_http_get_metadata_string(void *filter, enum metadata_source source,
							    struct text name_space, struct text key,
							    struct text *value)
{
	(void)filter, (void)source, (void)name_space, (void)key;
	*value = (struct text){ "before", 6 };
	return luck(2);
}

void envoy_dynamic_module_callback_http_set_dynamic_metadata_string(void *filter, struct text name_space,
								    struct text key, struct text value)
{
	CHECK(((struct filter *)filter)->stream->open);
	CHECK(name_space.length > 0 && key.length > 0 && value.length > 0);
}

bool envoy_dynamic_module_callback_http_set_header(void *filter, enum header_map map, struct text key,
						   struct text value)
{
	CHECK(((struct filter *)filter)->stream->open && map == REQUEST_HEADERS && key.length > 0 &&
	      value.length > 0);
	return true;
}

void envoy_dynamic_module_callback_http_clear_route_cache(void *filter)
{
	((struct filter *)filter)->stream->spared = true;
}

void *envoy_dynamic_module_callback_http_filter_scheduler_new(void *filter)
{
	struct scheduler *scheduler = calloc(1, sizeof *scheduler);
	pthread_mutex_init(&scheduler->mutex, NULL);
	CHECK(((struct filter *)filter)->scheduler == NULL);
	return ((struct filter *)filter)->scheduler = scheduler;
}

void envoy_dynamic_module_callback_http_filter_scheduler_delete(void *scheduler)
{
	/* Kept until the stream's end, to see whether anybody uses it still. */
	struct scheduler *deleted = scheduler;
	pthread_mutex_lock(&deleted->mutex);
	deleted->deleted = true;
	pthread_mutex_unlock(&deleted->mutex);
}

void envoy_dynamic_module_callback_http_filter_scheduler_commit(void *scheduler, uint64_t event)
{
	struct scheduler *said = scheduler;
	CHECK(event == 0 || event == WARMING);
	commit(said, event == 0 ? &said->due : &said->warming);
}

static void goes_on(struct filter *filter)
{
	struct http_stream *stream = filter->stream;
	CHECK(stream->open && stream->stopped && filter->which == stream->next);
	stream->stopped = false;
	stream->next++;
	atomic_fetch_add(&let_go, 1);
}

void envoy_dynamic_module_callback_http_filter_continue_decoding(void *filter)
{
	CHECK(((struct filter *)filter)->which < 2);
	goes_on(filter);
}

void envoy_dynamic_module_callback_http_filter_continue_encoding(void *filter)
{
	CHECK(((struct filter *)filter)->which == 2);
	goes_on(filter);
}

/* --- what calls the filters -------------------------------------------------------------------------------------- */

static void new_routes(void)
{
	static const char *const keys[] = { "a\n", "b\n", "a\nb\n" };
	static const char *const delays[] = {
		"a s/a delay fixed 2 0 60000\n",
		"b s/b random-delay uniform 0 5 60000\n",
		"a s/a delay fixed 3600000 0 3600000\nb s/b random-delay exponential 1 0 2\n",
	};
	for (size_t each = 0; each < CONFIGS; each++) {
		const char *lines = each == 0 ? keys[luck(3)] : delays[luck(8) == 0 ? 2 : luck(2)];
		if (routes[each] != NULL)
			envoy_dynamic_module_on_http_filter_per_route_config_destroy(routes[each]);
		routes[each] = envoy_dynamic_module_on_http_filter_per_route_config_new(
			(struct text){ names[each], strlen(names[each]) }, (struct text){ lines, strlen(lines) });
		CHECK(routes[each] != NULL);
	}
}

static void begin(struct http_stream *stream)
{
	memset(stream, 0, sizeof *stream);
	stream->open = true;
	for (size_t each = 0; each < CONFIGS; each++) {
		struct filter *filter = &stream->filters[each];
		filter->stream = stream;
		filter->which = each;
		filter->ours = envoy_dynamic_module_on_http_filter_new(configs[each], filter);
	}
}

static void end(struct http_stream *stream)
{
	for (size_t each = 0; each < CONFIGS; each++)
		envoy_dynamic_module_on_http_filter_destroy(stream->filters[each].ours);
	stream->open = false;
	for (size_t each = 0; each < CONFIGS; each++) {
		struct scheduler *scheduler = stream->filters[each].scheduler;
		if (scheduler == NULL)
			continue;
		CHECK(scheduler->deleted);
		pthread_mutex_destroy(&scheduler->mutex);
		free(scheduler);
	}
}

static void step(struct http_stream *stream)
{
	for (size_t each = 0; each < CONFIGS; each++) {
		struct filter *filter = &stream->filters[each];
		if (filter->scheduler != NULL && take(filter->scheduler, &filter->scheduler->warming))
			envoy_dynamic_module_on_http_filter_scheduled(filter, filter->ours, WARMING);
		if (filter->scheduler != NULL && take(filter->scheduler, &filter->scheduler->due))
			envoy_dynamic_module_on_http_filter_scheduled(filter, filter->ours, 0);
	}
	while (!stream->stopped && stream->next < CONFIGS) {
		struct filter *filter = &stream->filters[stream->next];
		enum headers_status status;
		if (stream->next < 2) {
			status = envoy_dynamic_module_on_http_filter_request_headers(filter, filter->ours, true);
		} else {
			/* What policy refuses is answered without having come by. */
			struct filter *request = &stream->filters[2];
			if (luck(10) > 0)
				CHECK(envoy_dynamic_module_on_http_filter_request_headers(
					      request, request->ours, true) == HEADERS_CONTINUE);
			status = envoy_dynamic_module_on_http_filter_response_headers(filter, filter->ours, true);
		}
		stream->stopped = status == HEADERS_STOP_ALL_AND_WATERMARK;
		if (stream->stopped)
			atomic_fetch_add(&held, 1);
		else
			stream->next++;
	}
}

static void *work(void *seed)
{
	chance = (uint64_t)(uintptr_t)seed;
	new_routes();
	struct http_stream streams[AT_ONCE] = { 0 };
	long begun = 0, open = 0;
	double patience = clock_now() + PATIENCE_SECONDS;
	while (begun < streams_per_worker || open > 0) {
		CHECK(clock_now() < patience);
		struct http_stream *stream = &streams[luck(AT_ONCE)];
		if (!stream->open) {
			if (begun == streams_per_worker)
				continue;
			begin(stream);
			begun++, open++;
		}
		step(stream);
		if (luck(20) == 0)
			new_routes();
		if (stream->next == CONFIGS || luck(60) == 0) {
			end(stream);
			open--;
		}
		if (luck(4) == 0)
			pause_for((long)luck(300000));
	}
	for (size_t each = 0; each < CONFIGS; each++)
		envoy_dynamic_module_on_http_filter_per_route_config_destroy(routes[each]);
	return NULL;
}

int main(int count, char **arguments)
{
	CHECK(count == 3);
	chance = strtoull(arguments[1], NULL, 10);
	streams_per_worker = strtol(arguments[2], NULL, 10);
	is_main = true;
	for (size_t each = 0; each < CONFIGS; each++) {
		struct text name = { names[each], strlen(names[each]) };
		configs[each] = envoy_dynamic_module_on_http_filter_config_new(NULL, name, (struct text){ "", 0 });
		CHECK(configs[each] != NULL);
	}
	pthread_t workers[WORKERS];
	for (size_t each = 0; each < WORKERS; each++)
		CHECK(pthread_create(&workers[each], NULL, work, (void *)(uintptr_t)random_next(&chance)) == 0);
	/* The main thread is busy at times. */
	for (size_t joined = 0; joined < WORKERS;) {
		main_thread_turns(configs);
		if (luck(10) == 0)
			switch_faults(&chance);
		pause_for((long)luck(500000));
		if (pthread_tryjoin_np(workers[joined], NULL) == 0)
			joined++;
	}
	for (size_t each = 0; each < CONFIGS; each++)
		envoy_dynamic_module_on_http_filter_config_destroy(configs[each]);
	CHECK(atomic_load(&held) > 0 && atomic_load(&let_go) > 0 && atomic_load(&let_go) <= atomic_load(&held));
	puts("good");
	return 0;
}
