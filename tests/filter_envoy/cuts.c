// SPDX-License-Identifier: Apache-2.0
/* Bodies that a fault server cuts, and that go on without it: what it has said of them, and what comes by in which pieces,
 * is by chance. It fails (abort, or what the compiler's checks find) where a byte passes behind a cut, where one before it
 * does not, or where a body ends in good order that lacks its middle.
 *
 *   cuts SEED BODIES */

#include "envoy.h"

#include "../../envoy/filter/src/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CHUNKS 4
#define MOST_BYTES 300

struct message {
	void *ours;
	bool response, reset;
	/* Of the fault server; empty: nothing. */
	char said[32];
	/* Bytes of the body that have come and gone on, and the piece that is on its way. */
	uint64_t came, passed;
	char piece[MOST_BYTES];
	size_t length;
};

bool envoy_dynamic_module_callback_http_get_metadata_string(void *filter, enum metadata_source source,
							    struct text name_space, struct text key,
							    struct text *value)
{
	struct message *message = filter;
	const char *side = message->response ? "response" : "request";
	CHECK(source == METADATA_DYNAMIC && name_space.length == strlen("riftgate.cuts"));
	CHECK(key.length == strlen(side) && memcmp(key.data, side, key.length) == 0);
	*value = (struct text){ message->said, strlen(message->said) };
	return value->length > 0 || below(2);
}

size_t envoy_dynamic_module_callback_http_get_body_size(void *filter, enum body body)
{
	struct message *message = filter;
	CHECK(body == (message->response ? BODY_RECEIVED_RESPONSE : BODY_RECEIVED_REQUEST));
	return message->length;
}

size_t envoy_dynamic_module_callback_http_get_body_chunks_size(void *filter, enum body body)
{
	return envoy_dynamic_module_callback_http_get_body_size(filter, body) == 0 ? 0 : MOST_CHUNKS;
}

bool envoy_dynamic_module_callback_http_get_body_chunks(void *filter, enum body body, struct text *chunks)
{
	(void)body;
	struct message *message = filter;
	size_t each = message->length / MOST_CHUNKS;
	for (size_t chunk = 0; chunk < MOST_CHUNKS; chunk++)
		chunks[chunk] = (struct text){ message->piece + chunk * each,
					       chunk + 1 < MOST_CHUNKS ? each : message->length - chunk * each };
	return true;
}

bool envoy_dynamic_module_callback_http_drain_body(void *filter, enum body body, size_t length)
{
	(void)body;
	struct message *message = filter;
	CHECK(length == message->length);
	memset(message->piece, 0xdd, length);
	message->length = 0;
	return true;
}

bool envoy_dynamic_module_callback_http_append_body(void *filter, enum body body, struct text data)
{
	(void)body;
	struct message *message = filter;
	CHECK(message->length == 0 && data.length <= MOST_BYTES);
	memcpy(message->piece, data.data, data.length);
	message->length = data.length;
	return true;
}

void envoy_dynamic_module_callback_http_filter_reset_stream(void *filter, enum stream_reset_reason reason,
							    struct text details)
{
	struct message *message = filter;
	CHECK(!message->reset && reason == LOCAL_RESET && details.length > 0);
	message->reset = true;
}

/* The next piece of a body; false: it has ended. */
static bool comes(struct message *message, bool end)
{
	uint64_t begin = message->came;
	message->length = below(MOST_BYTES + 1);
	for (size_t each = 0; each < message->length; each++)
		message->piece[each] = byte_at(DOWNSTREAM, begin + each);
	message->came += message->length;
	enum body_status status =
		message->response ? envoy_dynamic_module_on_http_filter_response_body(message, message->ours, end)
				  : envoy_dynamic_module_on_http_filter_request_body(message, message->ours, end);
	CHECK((status == BODY_CONTINUE) == !message->reset);
	if (message->reset)
		return false;
	for (size_t each = 0; each < message->length; each++)
		CHECK(message->piece[each] == byte_at(DOWNSTREAM, message->passed + each));
	message->passed += message->length;
	return !end;
}

static void play(void *config, bool response)
{
	struct message message = { .response = response };
	message.ours = envoy_dynamic_module_on_http_filter_new(config, &message);
	CHECK(envoy_dynamic_module_on_http_filter_request_headers(&message, message.ours, false) ==
	      HEADERS_CONTINUE);
	CHECK(envoy_dynamic_module_on_http_filter_response_headers(&message, message.ours, false) ==
	      HEADERS_CONTINUE);
	bool goes_on = true, drops = below(2), cut = false;
	uint64_t most = 0;
	for (unsigned left = (unsigned)below(20); left > 0 && goes_on; left--)
		if (!(cut |= below(4) == 0)) {
			goes_on = comes(&message, false);
			CHECK(goes_on && message.passed == message.came);
		} else if (message.said[0] == 0) {
			/* Of the piece to come some passes. */
			most = message.passed + below(MOST_BYTES);
			snprintf(message.said, sizeof message.said, "%llu %s", (unsigned long long)most,
				 drops ? "drop" : "reset");
		} else {
			goes_on = comes(&message, false);
			CHECK(message.passed <= most && (drops || goes_on == (message.came <= most)));
		}
	if (!cut && below(2) == 0)
		snprintf(message.said, sizeof message.said, "%s", below(2) ? "" : "x");
	bool trailers = response && below(3) == 0;
	if (goes_on && trailers) {
		enum trailers_status status =
			envoy_dynamic_module_on_http_filter_response_trailers(&message, message.ours);
		CHECK((status == TRAILERS_STOP) == message.reset);
	} else if (goes_on) {
		comes(&message, true);
	}
	bool is_cut = message.said[0] >= '0' && message.said[0] <= '9';
	CHECK(message.reset == (is_cut && !drops));
	CHECK(message.reset || message.passed == (is_cut && message.came > most ? most : message.came));
	envoy_dynamic_module_on_http_filter_destroy(message.ours);
}

int main(int count, char **arguments)
{
	CHECK(count == 3);
	random_state = strtoull(arguments[1], NULL, 10);
	struct text names[] = { { "cut-request", 11 }, { "cut-response", 12 } };
	void *configs[2];
	for (size_t each = 0; each < 2; each++)
		configs[each] =
			envoy_dynamic_module_on_http_filter_config_new(NULL, names[each], (struct text){ "", 0 });
	for (long left = strtol(arguments[2], NULL, 10); left > 0; left--)
		for (size_t each = 0; each < 2; each++)
			play(configs[each], each == 1);
	for (size_t each = 0; each < 2; each++)
		envoy_dynamic_module_on_http_filter_config_destroy(configs[each]);
	puts("good");
	return 0;
}
