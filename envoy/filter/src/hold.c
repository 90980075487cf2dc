// SPDX-License-Identifier: Apache-2.0
/* The HTTP filters that hold requests and responses until their moment has come.
 *
 * Two stand around the filter that asks the fault server, and each message meets both of them:
 *
 *     request  ─→ hold-response: begins ─→ asks the fault server ─→ hold-request: held ─→ app
 *     response ←─ hold-response: held   ←─ asks the fault server ←─ hold-request: begins ←─
 *
 * The fault server leaves in the metadata for how long; what asking it has taken is part of that. One that says
 * nothing, because it is not there, holds nothing. Delays that are short whatever is drawn need nobody else: the route
 * says what they are like, and they are drawn here. */

#include "http.h"
#include "route.h"
#include "timer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })
/* Seconds: whoever dies, no delay outlives its fault by more. What is longer the fault server holds but for its end. */
#define LONGEST 1.0
#define LAG_STEP 2e-6
/* Nothing goes on earlier, however busy the machine has been. */
#define MOST_LAG 250e-6
/* The dynamic metadata with milliseconds under these keys, and the filter state with the moments they count from. */
static const struct text NAME_SPACE = TEXT("riftgate.hold");
static const struct text KEY[] = { TEXT("request"), TEXT("response") };
static const struct text BEGAN[] = { TEXT("riftgate.hold.request"), TEXT("riftgate.hold.response") };

/* The dynamic metadata with the faults that have held a message, for the log. */
static const struct text EFFECTS = TEXT("riftgate.effects");
static const struct text EFFECT = TEXT("random-delay");

enum message {
	REQUEST,
	RESPONSE
};
struct config {
	enum message held;
};

struct hold {
	struct timer timer;
	enum message held;
	/* The request has come by: policy has let it in. */
	bool let_in;
	bool holding;
	/* Seconds of the clock. */
	double due;
};

static bool is(struct text text, struct text other)
{
	return text.length == other.length && memcmp(text.data, other.data, other.length) == 0;
}

void *envoy_dynamic_module_on_http_filter_config_new(void *config, struct text name, struct text value)
{
	(void)config, (void)value;
	bool request = is(name, TEXT("hold-request"));
	if (!request && !is(name, TEXT("hold-response")))
		return NULL;
	struct config *ours = malloc(sizeof *ours);
	if (ours != NULL)
		ours->held = request ? REQUEST : RESPONSE;
	return ours;
}

void envoy_dynamic_module_on_http_filter_config_destroy(void *ours)
{
	free(ours);
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
		hold->held = ((const struct config *)ours)->held;
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

static void begin(void *filter, enum message message)
{
	double now = clock_now();
	struct text value = { (const char *)&now, sizeof now };
	envoy_dynamic_module_callback_http_set_filter_state_bytes(filter, BEGAN[message], value);
}

/* Behind the faults that have held the request already, if this is its response. */
static void note(void *filter, struct text faults)
{
	struct text before;
	if (!envoy_dynamic_module_callback_http_get_metadata_string(filter, METADATA_DYNAMIC, EFFECTS, EFFECT,
								    &before)) {
		envoy_dynamic_module_callback_http_set_dynamic_metadata_string(filter, EFFECTS, EFFECT, faults);
		return;
	}
	char *all = malloc(before.length + 1 + faults.length);
	if (all == NULL)
		return;
	memcpy(all, before.data, before.length);
	all[before.length] = ',';
	memcpy(all + before.length + 1, faults.data, faults.length);
	struct text both = { all, before.length + 1 + faults.length };
	envoy_dynamic_module_callback_http_set_dynamic_metadata_string(filter, EFFECTS, EFFECT, both);
	free(all);
}

/* The moment at which the message is to go on; one that is past already: nobody holds it. */
static double due(void *filter, enum message message, double now)
{
	const struct route *route = envoy_dynamic_module_callback_get_most_specific_route_config(filter);
	uint64_t random;
	if (route != NULL && getrandom(&random, sizeof random, 0) == sizeof random) {
		note(filter, route->faults);
		return now + route_draw(route, &random) / 1000;
	}
	double milliseconds, began = now;
	struct text value;
	if (!envoy_dynamic_module_callback_http_get_metadata_number(filter, METADATA_DYNAMIC, NAME_SPACE,
								    KEY[message], &milliseconds))
		return 0;
	if (envoy_dynamic_module_callback_http_get_filter_state_bytes(filter, BEGAN[message], &value) &&
	    value.length == sizeof began)
		memcpy(&began, value.data, sizeof began);
	double moment = began + milliseconds / 1000;
	return moment < now + LONGEST ? moment : now + LONGEST;
}

static enum headers_status headers(void *filter, struct hold *hold, enum message message)
{
	if (hold == NULL)
		return HEADERS_CONTINUE;
	hold->let_in |= message == REQUEST;
	if (!hold->let_in)
		return HEADERS_CONTINUE;
	if (hold->held != message) {
		begin(filter, message);
		return HEADERS_CONTINUE;
	}
	double now = clock_now(), moment = due(filter, message, now);
	if (moment <= now)
		return HEADERS_CONTINUE;
	hold->timer.scheduler = envoy_dynamic_module_callback_http_filter_scheduler_new(filter);
	hold->timer.commit = envoy_dynamic_module_callback_http_filter_scheduler_commit;
	hold->due = moment;
	hold->holding = timer_set(&hold->timer, moment - lag);
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
	hold->holding = false;
	learn(clock_now() - hold->due);
	/* What is called here may end the stream, and with it this filter. */
	if (hold->held == REQUEST)
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
