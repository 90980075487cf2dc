// SPDX-License-Identifier: Apache-2.0
/* The HTTP filters that hold requests and responses until their moment has come: one for each of the two.
 *
 * The route of a fault says what its delays are like, and each message has its own drawn. Nobody else is needed, neither
 * to hold a message nor to let go of it: whether a fault is still on, Envoy's runtime knows, where faults end with their
 * leases whoever has died. So while a message is held for long, it is looked at that again and again. Envoy's main thread
 * alone can do so: the worker asks it to, and takes what it has found the next time. */

#include "http.h"
#include "lease.h"
#include "route.h"
#include "timer.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })
/* Seconds: for what is held no longer, nobody looks whether the faults are still on; for all else, every so often. */
#define UNWATCHED 1.0
#define LOOK 0.5

/* The dynamic metadata with the faults that have held a message, by the kind of their delay; for the log. */
static const struct text EFFECTS = TEXT("riftgate.effects");

enum message {
	REQUEST,
	RESPONSE
};
struct config {
	struct object object;
	enum message held;
	/* To the main thread. */
	struct asker asker;
};

struct hold {
	struct object object;
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

static void *config_new(void *envoys, enum message held)
{
	struct config *config = calloc(1, sizeof *config);
	if (config == NULL)
		return NULL;
	config->held = held;
	config->asker.scheduler = envoy_dynamic_module_callback_http_filter_config_scheduler_new(envoys);
	config->asker.commit = envoy_dynamic_module_callback_http_filter_config_scheduler_commit;
	watch_by(&config->asker);
	return config;
}

static void *request_config_new(void *envoys)
{
	return config_new(envoys, REQUEST);
}

static void *response_config_new(void *envoys)
{
	return config_new(envoys, RESPONSE);
}

static void config_destroy(void *ours)
{
	struct config *config = ours;
	watch_by_no_more(&config->asker);
	envoy_dynamic_module_callback_http_filter_config_scheduler_delete(config->asker.scheduler);
	free(config);
}

static uint64_t is_on(struct text key, uint64_t otherwise)
{
	return lease_is_on(envoy_dynamic_module_callback_get_runtime_int(key, otherwise));
}

static void config_scheduled(void *ours)
{
	(void)ours;
	watch_look(is_on, clock_now());
}

static void *route_new(struct text value)
{
	return route_parse(value);
}

static void route_destroy(void *route)
{
	route_free(route);
}

static void *hold_new(void *config)
{
	struct hold *hold = calloc(1, sizeof *hold);
	if (hold != NULL)
		hold->config = config;
	return hold;
}

static void hold_destroy(void *ours)
{
	struct hold *hold = ours;
	timer_cancel(&hold->timer);
	if (hold->timer.scheduler != NULL)
		envoy_dynamic_module_callback_http_filter_scheduler_delete(hold->timer.scheduler);
	if (hold->watched)
		for (size_t each = 0; each < hold->drawn->count; each++)
			watch_end(hold->drawn->parts[each].key);
	drawn_free(hold->drawn);
	free(hold);
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
		watch_ask();
	return hold->last ? timer_set_early(&hold->timer, hold->due) : timer_set(&hold->timer, now + LOOK);
}

static enum headers_status headers(void *filter, struct hold *hold, enum message message)
{
	hold->let_in |= message == REQUEST;
	if (hold->config->held != message || !hold->let_in)
		return HEADERS_CONTINUE;
	const struct route *route = envoy_dynamic_module_callback_get_most_specific_route_config(filter);
	if (route == NULL)
		return HEADERS_CONTINUE;
	hold->began = clock_now();
	hold->drawn = route_draw(route);
	if (hold->drawn == NULL)
		return HEADERS_CONTINUE;
	for (size_t each = 0; each < route->count; each++)
		note(filter, &route->held[each]);
	hold->timer.scheduler = envoy_dynamic_module_callback_http_filter_scheduler_new(filter);
	hold->timer.commit = envoy_dynamic_module_callback_http_filter_scheduler_commit;
	hold->holding = must_wait(hold, hold->began);
	return hold->holding ? HEADERS_STOP_ALL_AND_WATERMARK : HEADERS_CONTINUE;
}

static enum headers_status request_headers(void *filter, void *ours)
{
	return headers(filter, ours, REQUEST);
}

static enum headers_status response_headers(void *filter, void *ours)
{
	return headers(filter, ours, RESPONSE);
}

static void scheduled(void *filter, void *ours)
{
	struct hold *hold = ours;
	if (!hold->holding)
		return;
	double now = clock_now();
	timer_woken(&hold->timer, now);
	if (!hold->last) {
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

const struct http_filter hold_request = {
	.name = "hold-request",
	.config_new = request_config_new,
	.config_destroy = config_destroy,
	.config_scheduled = config_scheduled,
	.route_new = route_new,
	.route_destroy = route_destroy,
	.stream_new = hold_new,
	.stream_destroy = hold_destroy,
	.request_headers = request_headers,
	.response_headers = response_headers,
	.scheduled = scheduled,
};

const struct http_filter hold_response = {
	.name = "hold-response",
	.config_new = response_config_new,
	.config_destroy = config_destroy,
	.config_scheduled = config_scheduled,
	.route_new = route_new,
	.route_destroy = route_destroy,
	.stream_new = hold_new,
	.stream_destroy = hold_destroy,
	.request_headers = request_headers,
	.response_headers = response_headers,
	.scheduled = scheduled,
};
