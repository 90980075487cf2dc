// SPDX-License-Identifier: Apache-2.0
/* The transport socket of the connections over which the responses come that a fault lets through at a rate.
 *
 * It reads no faster than that: what may not pass yet waits in the kernel, whose flow control makes the app wait, and
 * Envoy knows nothing of it. So nothing is held here, no end of a response comes too early, and once the fault has ended,
 * the next read takes all. Whether it has, Envoy's runtime knows (watch.h). */

#include "pace.h"
#include "timer.h"
#include "transport.h"
#include "watch.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CHUNK 65536
/* What is read at a time of a head, which has no rate: what comes of the body with it counts all the same. */
#define HEAD_CHUNK 512
#define SLICES 16
/* Seconds: so often it is looked whether the fault is on, while anything is read or written; and for so long what was
 * found then holds. Then the fault counts as on again. */
#define LOOK 0.25
#define FRESH 1.0
/* Seconds without a byte either way, after which what is written is taken for a request of its own. */
#define SILENCE 0.01

struct rate {
	double bytes_per_second;
	/* Of Envoy's runtime: not 0 while the fault is on. */
	struct text key;
};
/* Of a response of HTTP/1. Of HTTP/2, all is taken for its body. */
enum part {
	BODY,
	START,
	HEAD
};
struct limited {
	const struct rate *rate;
	struct pace pace;
	struct timer timer;
	bool watched, shut;
	/* Of the bytes that come next; and how much of the end of a head has just come. */
	enum part part;
	size_t matched;
	/* The last byte either way, and the last request: what was found before that does not hold for its response. */
	double active_at, asked_at;
};

/* "KEY BYTES_PER_SECOND", as in l7filters/translate/response_rates.py. */
const void *envoy_dynamic_module_on_transport_socket_factory_config_new(void *config, struct text name,
									struct text value, bool upstream)
{
	(void)config;
	const char *space = memchr(value.data, ' ', value.length);
	if (!upstream || name.length != 4 || memcmp(name.data, "rate", 4) != 0 || space == NULL ||
	    space == value.data)
		return NULL;
	struct rate *rate = malloc(sizeof *rate + value.length + 1);
	if (rate == NULL)
		return NULL;
	char *text = (char *)(rate + 1), *end;
	memcpy(text, value.data, value.length);
	text[value.length] = 0;
	rate->key = (struct text){ text, (size_t)(space - value.data) };
	rate->bytes_per_second = (double)strtoull(text + rate->key.length + 1, &end, 10);
	if (*end != 0 || rate->bytes_per_second < 1) {
		free(rate);
		return NULL;
	}
	return rate;
}

void envoy_dynamic_module_on_transport_socket_factory_config_destroy(const void *ours)
{
	free((void *)(uintptr_t)ours);
}

/* On the thread of the timers. Envoy is told only of what happens to a socket, so something has to: neither option
 * changes anything here, but the kernel wakes whoever waits for the socket, the first where something can be read, the
 * second where something can be written, which holds for sockets in a SOCKMAP, of which the first does not. */
static void wake(void *nothing, uint64_t file)
{
	(void)nothing;
	if (file == WARMING)
		return;
	int least = 1, no_limit = -1;
	setsockopt((int)file, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
	setsockopt((int)file, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &no_limit, sizeof no_limit);
}

const void *envoy_dynamic_module_on_transport_socket_new(const void *config, void *socket)
{
	(void)socket;
	struct limited *limited = calloc(1, sizeof *limited);
	if (limited == NULL)
		return NULL;
	limited->rate = config;
	limited->timer.commit = wake;
	limited->watched = watch_begin(limited->rate->key);
	pace_begin(&limited->pace, limited->rate->bytes_per_second, clock_now());
	return limited;
}

void envoy_dynamic_module_on_transport_socket_destroy(const void *ours)
{
	struct limited *limited = (void *)(uintptr_t)ours;
	timer_cancel(&limited->timer);
	if (limited->watched)
		watch_end(limited->rate->key);
	free(limited);
}

void envoy_dynamic_module_on_transport_socket_set_callbacks(void *socket, const void *ours)
{
	struct limited *limited = (void *)(uintptr_t)ours;
	limited->timer.event = (uint64_t)envoy_dynamic_module_callback_transport_socket_get_fd(socket);
}

void envoy_dynamic_module_on_transport_socket_on_connected(void *socket, const void *ours)
{
	(void)ours;
	envoy_dynamic_module_callback_transport_socket_raise_event(socket, CONNECTED);
}

/* Whether the fault is on, as far as is known. */
static bool is_on(struct limited *limited, double now)
{
	double looked_at = watch_looked_at(), since = now - FRESH;
	if (looked_at < now - LOOK || looked_at < limited->asked_at)
		watch_ask();
	if (since < limited->asked_at)
		since = limited->asked_at;
	return limited->watched && (watch_value(limited->rate->key, 1) != 0 || looked_at < since);
}

/* Something is sent: whether the fault is on is known when the response to it comes. */
static void ask(struct limited *limited)
{
	double now = clock_now();
	if (now - limited->active_at > SILENCE)
		limited->asked_at = now;
	limited->active_at = now;
	limited->part = START;
	is_on(limited, now);
}

/* How many of the bytes that have come belong to a head. */
static size_t head_length(struct limited *limited, const char *bytes, size_t length)
{
	static const char start[] = "HTTP/1.", end[] = "\r\n\r\n";
	if (limited->part == START) {
		bool begins = length >= sizeof start - 1 && memcmp(bytes, start, sizeof start - 1) == 0;
		limited->part = begins ? HEAD : BODY;
		limited->matched = 0;
	}
	size_t each = 0;
	while (each < length && limited->part == HEAD) {
		limited->matched =
			bytes[each] == end[limited->matched] ? limited->matched + 1 : bytes[each] == '\r';
		each++;
		if (limited->matched == sizeof end - 1)
			limited->part = BODY;
	}
	return each;
}

struct io_result envoy_dynamic_module_on_transport_socket_do_read(void *socket, const void *ours)
{
	struct limited *limited = (void *)(uintptr_t)ours;
	struct io_result result = { KEEP_OPEN, 0, false };
	double now = clock_now();
	bool on = is_on(limited, now);
	limited->active_at = now;
	size_t allowed = on ? pace_allows(&limited->pace, now) : SIZE_MAX;
	char bytes[CHUNK];
	for (bool head; (head = on && limited->part != BODY) || allowed > 0;) {
		size_t length, most = head ? HEAD_CHUNK : allowed < CHUNK ? allowed : CHUNK;
		enum io_status status =
			envoy_dynamic_module_callback_transport_socket_io_read(socket, bytes, most, &length);
		if (status == IO_ERROR)
			result.action = CLOSE_CONNECTION;
		if (status == IO_AGAIN)
			pace_idle(&limited->pace, now);
		if (status != IO_DONE)
			return result;
		if (length == 0) {
			result.end_stream = true;
			return result;
		}
		envoy_dynamic_module_callback_transport_socket_read_buffer_add(socket, bytes, length);
		result.bytes += length;
		if (on) {
			size_t counted = length - head_length(limited, bytes, length);
			pace_passed(&limited->pace, counted);
			allowed = counted < allowed ? allowed - counted : 0;
		}
		if (envoy_dynamic_module_callback_transport_socket_should_drain_read_buffer(socket)) {
			envoy_dynamic_module_callback_transport_socket_set_is_readable(socket);
			return result;
		}
	}
	if (!timer_set(&limited->timer, now + PACE_TICK))
		/* As fast as Envoy comes by. */
		envoy_dynamic_module_callback_transport_socket_set_is_readable(socket);
	return result;
}

struct io_result envoy_dynamic_module_on_transport_socket_do_write(void *socket, const void *ours, bool end_stream)
{
	struct limited *limited = (void *)(uintptr_t)ours;
	struct io_result result = { KEEP_OPEN, 0, false };
	for (;;) {
		struct text slices[SLICES];
		size_t count = SLICES;
		envoy_dynamic_module_callback_transport_socket_write_buffer_get_slices(socket, slices, &count);
		/* Envoy comes by for nothing, too. */
		if (count > 0 && result.bytes == 0)
			ask(limited);
		for (size_t each = 0; each < count; each++) {
			size_t length;
			enum io_status status = envoy_dynamic_module_callback_transport_socket_io_write(
				socket, slices[each].data, slices[each].length, &length);
			if (status == IO_ERROR)
				result.action = CLOSE_CONNECTION;
			if (status != IO_DONE)
				return result;
			envoy_dynamic_module_callback_transport_socket_write_buffer_drain(socket, length);
			result.bytes += length;
			if (length < slices[each].length)
				break;
		}
		if (count == 0)
			break;
	}
	if (end_stream && !limited->shut) {
		limited->shut = true;
		envoy_dynamic_module_callback_transport_socket_io_shutdown_write(socket);
	}
	return result;
}

void envoy_dynamic_module_on_transport_socket_close(void *socket, const void *ours, enum connection_event event,
						    bool reset)
{
	(void)socket, (void)event, (void)reset;
	struct limited *limited = (void *)(uintptr_t)ours;
	/* The number of its file may be another's soon. */
	timer_cancel(&limited->timer);
}

void envoy_dynamic_module_on_transport_socket_get_protocol(void *socket, const void *ours, struct text *protocol)
{
	(void)socket, (void)ours;
	*protocol = (struct text){ NULL, 0 };
}

void envoy_dynamic_module_on_transport_socket_get_failure_reason(void *socket, const void *ours,
								 struct text *reason)
{
	(void)socket, (void)ours;
	*reason = (struct text){ NULL, 0 };
}

bool envoy_dynamic_module_on_transport_socket_can_flush_close(void *socket, const void *ours)
{
	(void)socket, (void)ours;
	return true;
}

bool envoy_dynamic_module_on_transport_socket_start_secure_transport(void *socket, const void *ours)
{
	(void)socket, (void)ours;
	return false;
}
