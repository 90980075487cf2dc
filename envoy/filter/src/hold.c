// SPDX-License-Identifier: Apache-2.0
/* The HTTP filters that hold requests and responses until their moment has come: one for each of the two.
 *
 * The route of a fault says what its delays are like, and each message has its own drawn. Nobody else is needed, neither
 * to hold a message nor to let go of it: whether a fault is still on, Envoy's runtime knows, where faults end with their
 * leases whoever has died. So while a message is held for long, it is looked at that again and again. Envoy's main thread
 * alone can do so: the worker asks it to, and takes what it has found the next time. */

#include "http.h"
#include "route.h"
#include "timer.h"
#include "watch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })
/* Seconds: for what is held no longer, nobody looks whether the faults are still on; for all else, every so often. */
#define UNWATCHED 1.0
#define LOOK 0.5
#define LAG_STEP 2e-6
/* Nothing goes on earlier, however busy the machine has been. */
#define MOST_LAG 250e-6

/* The dynamic metadata with the faults that have held a message, by the kind of their delay; for the log. */
static const struct text EFFECTS = TEXT("riftgate.effects");

enum message {
	REQUEST,
	RESPONSE
};
struct config {
	enum message held;
	/* To the main thread. */
	void *scheduler;
	atomic_bool asked;
};

struct hold {
	struct timer timer;
	struct config *config;
	/* The request has come by: policy has let it in. */
	bool let_in;
	bool holding;
	bool watched;
	/* Whether the timer is set to when the message is due; else to the next look. */
	bool last;
	/* Seconds of the clock. */
	double began, due;
	struct drawn *drawn;
};

static bool is(struct text text, struct text other)
{
	return text.length == other.length && memcmp(text.data, other.data, other.length) == 0;
}

void *envoy_dynamic_module_on_http_filter_config_new(void *config, struct text name, struct text value)
{
	(void)value;
	bool request = is(name, TEXT("hold-request"));
	if (!request && !is(name, TEXT("hold-response")))
		return NULL;
	struct config *ours = calloc(1, sizeof *ours);
	if (ours == NULL)
		return NULL;
	ours->held = request ? REQUEST : RESPONSE;
	ours->scheduler = envoy_dynamic_module_callback_http_filter_config_scheduler_new(config);
	return ours;
}

void envoy_dynamic_module_on_http_filter_config_destroy(void *ours)
{
	struct config *config = ours;
	if (config == NULL)
		return;
	envoy_dynamic_module_callback_http_filter_config_scheduler_delete(config->scheduler);
	free(config);
}

static void ask(struct config *config)
{
	if (!atomic_exchange(&config->asked, true))
		envoy_dynamic_module_callback_http_filter_config_scheduler_commit(config->scheduler, 0);
}

void envoy_dynamic_module_on_http_filter_config_scheduled(void *envoys, void *ours, uint64_t event)
{
	(void)envoys, (void)event;
	struct config *config = ours;
	atomic_store(&config->asked, false);
	watch_look(envoy_dynamic_module_callback_get_runtime_int);
}

void *envoy_dynamic_module_on_http_filter_per_route_config_new(struct text name, struct text value)
{
	(void)name;
	return route_parse(value);
}

void envoy_dynamic_module_on_http_filter_per_route_config_destroy(void *route)
{
	route_free(route);
}

void *envoy_dynamic_module_on_http_filter_new(void *ours, void *filter)
{
	(void)filter;
	struct hold *hold = calloc(1, sizeof *hold);
	if (hold != NULL)
		hold->config = ours;
	return hold;
}

void envoy_dynamic_module_on_http_filter_destroy(void *ours)
{
	struct hold *hold = ours;
	if (hold == NULL)
		return;
	timer_cancel(&hold->timer);
	if (hold->timer.scheduler != NULL)
		envoy_dynamic_module_callback_http_filter_scheduler_delete(hold->timer.scheduler);
	if (hold->watched)
		for (size_t each = 0; each < hold->drawn->count; each++)
			watch_end(hold->drawn->parts[each].key);
	drawn_free(hold->drawn);
	free(hold);
}

/* Seconds from a moment that is due until its worker, which has to be woken, knows of it: the median, which each message
 * moves a little. The moment is told so much earlier. Each worker has its own. */
static _Thread_local double lag;

static void learn(double late)
{
	double learned = lag + (late > 0 ? LAG_STEP : -LAG_STEP);
	if (learned >= 0 && learned <= MOST_LAG)
		lag = learned;
}

/* Behind the faults that have held the request already, if this is its response. */
static void note(void *filter, const struct held *held)
{
	struct text before;
	if (!envoy_dynamic_module_callback_http_get_metadata_string(filter, METADATA_DYNAMIC, EFFECTS, held->kind,
								    &before)) {
		envoy_dynamic_module_callback_http_set_dynamic_metadata_string(filter, EFFECTS, held->kind,
									       held->fault);
		return;
	}
	struct text fault = held->fault;
	char *all = malloc(before.length + 1 + fault.length);
	if (all == NULL)
		return;
	memcpy(all, before.data, before.length);
	all[before.length] = ',';
	memcpy(all + before.length + 1, fault.data, fault.length);
	struct text both = { all, before.length + 1 + fault.length };
	envoy_dynamic_module_callback_http_set_dynamic_metadata_string(filter, EFFECTS, held->kind, both);
	free(all);
}

/* From now on it is looked which of the faults are on. */
static bool watch(struct hold *hold)
{
	for (size_t each = 0; each < hold->drawn->count; each++)
		if (!watch_begin(hold->drawn->parts[each].key)) {
			while (each-- > 0)
				watch_end(hold->drawn->parts[each].key);
			return false;
		}
	hold->watched = true;
	return true;
}

/* Whether the message has to wait still; the timer is set then. */
static bool must_wait(struct hold *hold, double now)
{
	hold->due = hold->began + drawn_seconds(hold->drawn);
	if (hold->due <= now)
		return false;
	if (hold->due > hold->began + UNWATCHED && !hold->watched && !watch(hold))
		return false;
	hold->last = !hold->watched || hold->due <= now + LOOK;
	if (!hold->last)
		ask(hold->config);
	return timer_set(&hold->timer, hold->last ? hold->due - lag : now + LOOK);
}

static enum headers_status headers(void *filter, struct hold *hold, enum message message)
{
	if (hold == NULL)
		return HEADERS_CONTINUE;
	hold->let_in |= message == REQUEST;
	if (hold->config->held != message || !hold->let_in)
		return HEADERS_CONTINUE;
	const struct route *route = envoy_dynamic_module_callback_get_most_specific_route_config(filter);
	if (route == NULL)
		return HEADERS_CONTINUE;
	hold->drawn = route_draw(route);
	if (hold->drawn == NULL)
		return HEADERS_CONTINUE;
	for (size_t each = 0; each < route->count; each++)
		note(filter, &route->held[each]);
	hold->began = clock_now();
	hold->timer.scheduler = envoy_dynamic_module_callback_http_filter_scheduler_new(filter);
	hold->timer.commit = envoy_dynamic_module_callback_http_filter_scheduler_commit;
	hold->holding = must_wait(hold, hold->began);
	return hold->holding ? HEADERS_STOP_ALL_AND_WATERMARK : HEADERS_CONTINUE;
}

enum headers_status envoy_dynamic_module_on_http_filter_request_headers(void *filter, void *ours, bool end)
{
	(void)end;
	return headers(filter, ours, REQUEST);
}

enum headers_status envoy_dynamic_module_on_http_filter_response_headers(void *filter, void *ours, bool end)
{
	(void)end;
	return headers(filter, ours, RESPONSE);
}

void envoy_dynamic_module_on_http_filter_scheduled(void *filter, void *ours, uint64_t event)
{
	(void)event;
	struct hold *hold = ours;
	if (hold == NULL || !hold->holding)
		return;
	double now = clock_now();
	if (hold->last) {
		learn(now - hold->due);
	} else {
		drawn_without_ended(hold->drawn, watch_value);
		if (must_wait(hold, now))
			return;
	}
	hold->holding = false;
	/* What is called here may end the stream, and with it this filter. */
	if (hold->config->held == REQUEST)
		envoy_dynamic_module_callback_http_filter_continue_decoding(filter);
	else
		envoy_dynamic_module_callback_http_filter_continue_encoding(filter);
}

/* Nothing is done to bodies and trailers: what comes while the headers are held waits in Envoy. */

enum body_status envoy_dynamic_module_on_http_filter_request_body(void *filter, void *ours, bool end)
{
	(void)filter, (void)ours, (void)end;
	return BODY_CONTINUE;
}

enum body_status envoy_dynamic_module_on_http_filter_response_body(void *filter, void *ours, bool end)
{
	(void)filter, (void)ours, (void)end;
	return BODY_CONTINUE;
}

enum trailers_status envoy_dynamic_module_on_http_filter_request_trailers(void *filter, void *ours)
{
	(void)filter, (void)ours;
	return TRAILERS_CONTINUE;
}

enum trailers_status envoy_dynamic_module_on_http_filter_response_trailers(void *filter, void *ours)
{
	(void)filter, (void)ours;
	return TRAILERS_CONTINUE;
}

void envoy_dynamic_module_on_http_filter_stream_complete(void *filter, void *ours)
{
	(void)filter, (void)ours;
}

/* Nothing is ever asked by these filters, and they are not the last of their chain, but Envoy looks for all of these. */

void envoy_dynamic_module_on_http_filter_http_callout_done(void *filter, void *ours, uint64_t callout,
							   enum callout_result result, struct header *headers,
							   size_t header_count, struct text *chunks,
							   size_t chunk_count)
{
	(void)filter, (void)ours, (void)callout, (void)result, (void)headers, (void)header_count, (void)chunks,
		(void)chunk_count;
}

void envoy_dynamic_module_on_http_filter_http_stream_headers(void *filter, void *ours, uint64_t stream,
							     struct header *headers, size_t header_count, bool end)
{
	(void)filter, (void)ours, (void)stream, (void)headers, (void)header_count, (void)end;
}

void envoy_dynamic_module_on_http_filter_http_stream_data(void *filter, void *ours, uint64_t stream,
							  const struct text *chunks, size_t chunk_count, bool end)
{
	(void)filter, (void)ours, (void)stream, (void)chunks, (void)chunk_count, (void)end;
}

void envoy_dynamic_module_on_http_filter_http_stream_trailers(void *filter, void *ours, uint64_t stream,
							      struct header *trailers, size_t trailer_count)
{
	(void)filter, (void)ours, (void)stream, (void)trailers, (void)trailer_count;
}

void envoy_dynamic_module_on_http_filter_http_stream_complete(void *filter, void *ours, uint64_t stream)
{
	(void)filter, (void)ours, (void)stream;
}

void envoy_dynamic_module_on_http_filter_http_stream_reset(void *filter, void *ours, uint64_t stream, int reason)
{
	(void)filter, (void)ours, (void)stream, (void)reason;
}

void envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(void *filter, void *ours)
{
	(void)filter, (void)ours;
}

void envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(void *filter, void *ours)
{
	(void)filter, (void)ours;
}
