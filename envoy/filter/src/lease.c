// SPDX-License-Identifier: Apache-2.0
/* The HTTP filter that lets no request have a fault whose lease is over.
 *
 * Envoy drops what switches faults when their time is over, by a timer of its main thread. When the whole process has
 * stood still, its workers do not wait for that thread: they begin with what has come meanwhile; and what has waited for
 * the main thread in its socket may keep a fault on for some seconds more. So the end of each fault is in the runtime,
 * as a moment. Only the main thread can read that: it is asked when a request meets a fault of which nobody knows that
 * it is still on, and the request waits for the answer. One whose fault is over has its route chosen anew. */

#include "lease.h"

#include "http.h"
#include "timer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })

/* No route of a fault takes a request with it; l7filters/translate/headers.py. */
static const struct text OVER_HEADER = TEXT("x-riftgate-over");

/* A fault, for as long as a route or a request has to do with it. */
struct fault {
	struct fault *next;
	size_t used;
	/* What the main thread has read last; 0: nothing. */
	_Atomic uint64_t until;
	size_t length;
	char key[];
};

struct config {
	struct object object;
	/* To the main thread. */
	void *scheduler;
	atomic_bool asked;
};

struct faults {
	size_t count;
	struct fault *each[];
};

struct route {
	struct object object;
	struct faults *faults;
};

struct stream {
	struct object object;
	struct config *config;
	void *scheduler;
	/* Of the route that it had; which may be replaced while the request waits. */
	struct faults *faults;
	bool waits;
	/* Among those that wait for the main thread; NULL: it does not any more. */
	struct stream **place;
	struct stream *next;
};

/* Guards all that follows, and the places of streams. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct fault *known;
static struct stream *waiting;

bool lease_is_on(uint64_t until)
{
	return (double)until > clock_now() * 1000;
}

/* NULL: there is no memory. */
static struct fault *use(const char *key, size_t length)
{
	struct fault *fault = known;
	while (fault != NULL && (fault->length != length || memcmp(fault->key, key, length) != 0))
		fault = fault->next;
	if (fault == NULL) {
		fault = malloc(sizeof *fault + length);
		if (fault == NULL)
			return NULL;
		fault->next = known;
		fault->used = 0;
		fault->length = length;
		atomic_init(&fault->until, 0);
		memcpy(fault->key, key, length);
		known = fault;
	}
	fault->used++;
	return fault;
}

static void leave(struct fault *fault)
{
	if (--fault->used > 0)
		return;
	struct fault **place = &known;
	while (*place != fault)
		place = &(*place)->next;
	*place = fault->next;
	free(fault);
}

static void faults_leave(struct faults *faults)
{
	if (faults == NULL)
		return;
	pthread_mutex_lock(&mutex);
	for (size_t each = 0; each < faults->count; each++)
		leave(faults->each[each]);
	pthread_mutex_unlock(&mutex);
	free(faults);
}

static bool all_on(const struct faults *faults)
{
	for (size_t each = 0; each < faults->count; each++)
		if (!lease_is_on(atomic_load(&faults->each[each]->until)))
			return false;
	return true;
}

static void *config_new(void *envoys)
{
	struct config *config = calloc(1, sizeof *config);
	if (config != NULL)
		config->scheduler = envoy_dynamic_module_callback_http_filter_config_scheduler_new(envoys);
	return config;
}

static void config_destroy(void *ours)
{
	struct config *config = ours;
	envoy_dynamic_module_callback_http_filter_config_scheduler_delete(config->scheduler);
	free(config);
}

static void config_scheduled(void *ours)
{
	struct config *config = ours;
	/* Who comes to wait from now on asks again. */
	atomic_store(&config->asked, false);
	pthread_mutex_lock(&mutex);
	for (struct fault *each = known; each != NULL; each = each->next) {
		struct text key = { each->key, each->length };
		atomic_store(&each->until, envoy_dynamic_module_callback_get_runtime_int(key, 0));
	}
	for (struct stream *each = waiting; each != NULL; each = each->next) {
		each->place = NULL;
		envoy_dynamic_module_callback_http_filter_scheduler_commit(each->scheduler, 0);
	}
	waiting = NULL;
	pthread_mutex_unlock(&mutex);
}

/* From a line for each fault: its key in the runtime. */
static void *route_new(struct text lines)
{
	size_t count = 0;
	for (size_t each = 0; each < lines.length; each++)
		count += lines.data[each] == '\n';
	struct route *route = malloc(sizeof *route);
	struct faults *faults = malloc(sizeof *faults + count * sizeof *faults->each);
	if (route == NULL || faults == NULL) {
		free(route);
		free(faults);
		return NULL;
	}
	faults->count = 0;
	route->faults = faults;
	bool good = count > 0;
	pthread_mutex_lock(&mutex);
	for (const char *line = lines.data, *end; good && faults->count < count; line = end + 1) {
		end = memchr(line, '\n', lines.length - (size_t)(line - lines.data));
		struct fault *fault = use(line, (size_t)(end - line));
		good = fault != NULL;
		if (good)
			faults->each[faults->count++] = fault;
	}
	pthread_mutex_unlock(&mutex);
	if (good)
		return route;
	faults_leave(faults);
	free(route);
	return NULL;
}

static void route_destroy(void *ours)
{
	struct route *route = ours;
	faults_leave(route->faults);
	free(route);
}

static void *stream_new(void *config)
{
	struct stream *stream = calloc(1, sizeof *stream);
	if (stream != NULL)
		stream->config = config;
	return stream;
}

static void stream_destroy(void *ours)
{
	struct stream *stream = ours;
	pthread_mutex_lock(&mutex);
	if (stream->place != NULL) {
		*stream->place = stream->next;
		if (stream->next != NULL)
			stream->next->place = stream->place;
	}
	pthread_mutex_unlock(&mutex);
	if (stream->scheduler != NULL)
		envoy_dynamic_module_callback_http_filter_scheduler_delete(stream->scheduler);
	faults_leave(stream->faults);
	free(stream);
}

/* The stream has to do with them on its own. false: there is no memory. */
static bool keep(struct stream *stream, const struct faults *faults)
{
	size_t size = sizeof *faults + faults->count * sizeof *faults->each;
	stream->faults = malloc(size);
	if (stream->faults == NULL)
		return false;
	memcpy(stream->faults, faults, size);
	pthread_mutex_lock(&mutex);
	for (size_t each = 0; each < faults->count; each++)
		faults->each[each]->used++;
	pthread_mutex_unlock(&mutex);
	return true;
}

static void wait_for_main_thread(struct stream *stream)
{
	pthread_mutex_lock(&mutex);
	stream->next = waiting;
	stream->place = &waiting;
	if (waiting != NULL)
		waiting->place = &stream->next;
	waiting = stream;
	pthread_mutex_unlock(&mutex);
	if (!atomic_exchange(&stream->config->asked, true))
		envoy_dynamic_module_callback_http_filter_config_scheduler_commit(stream->config->scheduler, 0);
}

static void spare(void *filter)
{
	envoy_dynamic_module_callback_http_set_header(filter, REQUEST_HEADERS, OVER_HEADER, TEXT("1"));
	envoy_dynamic_module_callback_http_clear_route_cache(filter);
	/* This chooses it; filters behind may look at what was chosen last. */
	envoy_dynamic_module_callback_get_most_specific_route_config(filter);
}

static enum headers_status request_headers(void *filter, void *ours)
{
	struct stream *stream = ours;
	const struct route *route = envoy_dynamic_module_callback_get_most_specific_route_config(filter);
	if (route == NULL || all_on(route->faults))
		return HEADERS_CONTINUE;
	if (!keep(stream, route->faults)) {
		spare(filter);
		return HEADERS_CONTINUE;
	}
	stream->scheduler = envoy_dynamic_module_callback_http_filter_scheduler_new(filter);
	stream->waits = true;
	wait_for_main_thread(stream);
	return HEADERS_STOP_ALL_AND_WATERMARK;
}

static void scheduled(void *filter, void *ours)
{
	struct stream *stream = ours;
	if (!stream->waits)
		return;
	stream->waits = false;
	if (!all_on(stream->faults))
		spare(filter);
	/* This may end the stream, and with it this filter. */
	envoy_dynamic_module_callback_http_filter_continue_decoding(filter);
}

const struct http_filter lease = {
	.name = "lease",
	.config_new = config_new,
	.config_destroy = config_destroy,
	.config_scheduled = config_scheduled,
	.route_new = route_new,
	.route_destroy = route_destroy,
	.stream_new = stream_new,
	.stream_destroy = stream_destroy,
	.request_headers = request_headers,
	.scheduled = scheduled,
};
