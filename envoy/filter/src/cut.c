// SPDX-License-Identifier: Apache-2.0
/* The HTTP filters that see to it that no body has a hole where the fault server has cut it: one for requests and one for
 * responses, each where bodies pass that come from there.
 *
 * The fault server says with the piece in which it cuts how many bytes there are to be, and what becomes of more; it lets
 * no more pass either. But when it is gone, what follows comes by here. */

#include "http.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })

/* Dynamic metadata of the fault server, by the kind of message: l7filters/translate/headers.py. */
static const struct text CUTS = TEXT("riftgate.cuts");
static const struct text DETAILS = TEXT("riftgate_reset");

enum beyond {
	PASSES,
	IS_DROPPED,
	ENDS_THE_STREAM
};
struct cut {
	struct object object;
	/* Of the body, so far. */
	uint64_t passed;
};

static void *config_new(void *envoys)
{
	(void)envoys;
	return calloc(1, sizeof(struct object));
}

static void *stream_new(void *config)
{
	(void)config;
	return calloc(1, sizeof(struct cut));
}

/* "BYTES drop", "BYTES reset", or nothing. */
static enum beyond limit(void *filter, struct text message, uint64_t *bytes)
{
	struct text said;
	if (!envoy_dynamic_module_callback_http_get_metadata_string(filter, METADATA_DYNAMIC, CUTS, message, &said))
		return PASSES;
	size_t digits = 0;
	for (*bytes = 0; digits < said.length && said.data[digits] >= '0' && said.data[digits] <= '9'; digits++)
		*bytes = 10 * *bytes + (uint64_t)(said.data[digits] - '0');
	if (digits == 0 || digits + 1 >= said.length)
		return PASSES;
	return said.data[digits + 1] == 'd' ? IS_DROPPED : ENDS_THE_STREAM;
}

static void end_stream(void *filter)
{
	envoy_dynamic_module_callback_http_filter_reset_stream(filter, LOCAL_RESET, DETAILS);
}

/* Of what has come, only so many bytes go on. */
static void shorten(void *filter, enum body body, size_t length, size_t kept)
{
	char *bytes = NULL;
	size_t copied = 0, count = envoy_dynamic_module_callback_http_get_body_chunks_size(filter, body);
	struct text *chunks = kept > 0 && count > 0 ? calloc(count, sizeof *chunks) : NULL;
	if (chunks != NULL && envoy_dynamic_module_callback_http_get_body_chunks(filter, body, chunks))
		bytes = malloc(kept);
	for (size_t each = 0; bytes != NULL && each < count && copied < kept; each++) {
		size_t some = chunks[each].length < kept - copied ? chunks[each].length : kept - copied;
		memcpy(bytes + copied, chunks[each].data, some);
		copied += some;
	}
	envoy_dynamic_module_callback_http_drain_body(filter, body, length);
	if (copied > 0)
		envoy_dynamic_module_callback_http_append_body(filter, body, (struct text){ bytes, copied });
	free(bytes);
	free(chunks);
}

static enum body_status has_come(void *filter, struct cut *cut, struct text message, enum body body, bool end)
{
	uint64_t most = 0;
	size_t length = envoy_dynamic_module_callback_http_get_body_size(filter, body);
	enum beyond beyond = limit(filter, message, &most);
	bool too_much = cut->passed + length > most;
	/* What it has kept back is missing at the end, too. */
	if (beyond == ENDS_THE_STREAM && (too_much || end)) {
		end_stream(filter);
		return BODY_STOP_NO_BUFFER;
	}
	if (beyond == IS_DROPPED && too_much) {
		shorten(filter, body, length, most > cut->passed ? (size_t)(most - cut->passed) : 0);
		cut->passed = most;
	} else {
		cut->passed += length;
	}
	return BODY_CONTINUE;
}

static enum body_status request_body(void *filter, void *ours, bool end)
{
	return has_come(filter, ours, TEXT("request"), BODY_RECEIVED_REQUEST, end);
}

static enum body_status response_body(void *filter, void *ours, bool end)
{
	return has_come(filter, ours, TEXT("response"), BODY_RECEIVED_RESPONSE, end);
}

static enum trailers_status response_trailers(void *filter, void *ours)
{
	(void)ours;
	uint64_t most;
	if (limit(filter, TEXT("response"), &most) != ENDS_THE_STREAM)
		return TRAILERS_CONTINUE;
	end_stream(filter);
	return TRAILERS_STOP;
}

const struct http_filter cut_request = {
	.name = "cut-request",
	.config_new = config_new,
	.config_destroy = free,
	.stream_new = stream_new,
	.stream_destroy = free,
	.request_body = request_body,
};

const struct http_filter cut_response = {
	.name = "cut-response",
	.config_new = config_new,
	.config_destroy = free,
	.stream_new = stream_new,
	.stream_destroy = free,
	.response_body = response_body,
	.response_trailers = response_trailers,
};
