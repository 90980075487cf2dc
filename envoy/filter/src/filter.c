// SPDX-License-Identifier: Apache-2.0
/* What Envoy calls of the network filter `connection_faults`. */

#include "connection.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define POD_VARIABLE "RIFTGATE_POD"

static _Atomic uint64_t next_seed;

/* The value of a line, NULL if there is none; in place. */
static const char *value_of(char *lines, const char *key)
{
	size_t length = strlen(key);
	for (char *line = lines; line != NULL && *line != 0;) {
		char *end = strchr(line, '\n');
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return line + length + 1;
		line = end == NULL ? NULL : end + 1;
	}
	return NULL;
}

static void end_lines(char *lines)
{
	for (; *lines != 0; lines++)
		if (*lines == '\n')
			*lines = 0;
}

void *envoy_dynamic_module_on_network_filter_config_new(void *envoys, struct text name, struct text value)
{
	(void)envoys, (void)name;
	struct config *config = calloc(1, sizeof *config);
	char *lines = malloc(value.length + 1);
	if (config == NULL || lines == NULL) {
		free(config);
		free(lines);
		return NULL;
	}
	memcpy(lines, value.data, value.length);
	lines[value.length] = 0;
	config->lines = lines;
	config->side = value_of(lines, "side");
	config->cluster = value_of(lines, "cluster");
	config->metadata = value_of(lines, "metadata");
	config->key = value_of(lines, "key");
	const char *held = value_of(lines, "held");
	const char *pod = getenv(POD_VARIABLE);
	/* As Envoy writes what is not there. */
	config->pod = pod == NULL ? "-" : pod;
	if (config->side == NULL || config->cluster == NULL || config->metadata == NULL || config->key == NULL ||
	    held == NULL) {
		envoy_dynamic_module_on_network_filter_config_destroy(config);
		return NULL;
	}
	end_lines(lines);
	config->most_held = (size_t)strtod(held, NULL);
	uint64_t seed;
	if (getrandom(&seed, sizeof seed, 0) == sizeof seed)
		atomic_fetch_add(&next_seed, seed);
	return config;
}

void envoy_dynamic_module_on_network_filter_config_destroy(void *ours)
{
	struct config *config = ours;
	free(config->lines);
	free(config);
}

void *envoy_dynamic_module_on_network_filter_new(void *ours, void *filter)
{
	struct connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL)
		return NULL;
	connection->config = ours;
	connection->filter = filter;
	connection->random = atomic_fetch_add(&next_seed, 1);
	/* Seeds are near each other; the sequences of splitmix64 would be too. */
	connection->random = random_next(&connection->random);
	connection->scheduler = envoy_dynamic_module_callback_network_filter_scheduler_new(filter);
	connection->timer.commit = envoy_dynamic_module_callback_network_filter_scheduler_commit;
	connection->timer.scheduler = connection->scheduler;
	return connection;
}

enum filter_status envoy_dynamic_module_on_network_filter_new_connection(void *filter, void *ours)
{
	(void)filter;
	connection_begin(ours);
	return CONTINUE;
}

static size_t chunk_count(void *filter, enum stream stream)
{
	return stream == UPSTREAM
		       ? envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks_size(filter)
		       : envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks_size(filter);
}

/* Takes what there is out of Envoy's buffer. NULL: no memory. */
static struct piece *take(void *filter, enum stream stream, size_t length)
{
	struct text few[32], *chunks = few;
	size_t count = chunk_count(filter, stream);
	struct piece *piece = piece_new(length);
	if (count > sizeof few / sizeof *few)
		chunks = malloc(count * sizeof *chunks);
	if (piece == NULL || chunks == NULL) {
		free(piece);
		piece = NULL;
	} else if (length > 0) {
		if (stream == UPSTREAM)
			envoy_dynamic_module_callback_network_filter_get_read_buffer_chunks(filter, chunks);
		else
			envoy_dynamic_module_callback_network_filter_get_write_buffer_chunks(filter, chunks);
		size_t filled = 0;
		for (size_t each = 0; each < count && filled + chunks[each].length <= length; each++) {
			memcpy(piece->bytes + filled, chunks[each].data, chunks[each].length);
			filled += chunks[each].length;
		}
		piece->length = filled;
	}
	if (chunks != few)
		free(chunks);
	return piece;
}

static void drain(void *filter, enum stream stream, size_t length)
{
	if (stream == UPSTREAM)
		envoy_dynamic_module_callback_network_filter_drain_read_buffer(filter, length);
	else
		envoy_dynamic_module_callback_network_filter_drain_write_buffer(filter, length);
}

static enum filter_status arrive(void *filter, struct connection *connection, enum stream stream, size_t length,
				 bool end)
{
	if (connection->phase == OVER)
		drain(filter, stream, length);
	if (connection->phase == OVER || connection->phase == CLOSED)
		return STOP_ITERATION;
	if (!connection_holds(connection, stream) || (length == 0 && !end))
		return CONTINUE;
	struct piece *piece = take(filter, stream, length);
	drain(filter, stream, length);
	if (piece == NULL) {
		connection_reset(connection);
		return STOP_ITERATION;
	}
	piece->end = end;
	connection_feed(connection, stream, piece);
	return STOP_ITERATION;
}

enum filter_status envoy_dynamic_module_on_network_filter_read(void *filter, void *ours, size_t length,
							       bool end_stream)
{
	return arrive(filter, ours, UPSTREAM, length, end_stream);
}

enum filter_status envoy_dynamic_module_on_network_filter_write(void *filter, void *ours, size_t length,
								bool end_stream)
{
	return arrive(filter, ours, DOWNSTREAM, length, end_stream);
}

void envoy_dynamic_module_on_network_filter_event(void *filter, void *ours, enum connection_event event)
{
	(void)filter;
	if (event == REMOTE_CLOSE || event == LOCAL_CLOSE)
		connection_closed(ours);
}

void envoy_dynamic_module_on_network_filter_scheduled(void *filter, void *ours, uint64_t event)
{
	(void)filter;
	if (event != WARMING)
		connection_wake(ours);
}

static bool is_good(const struct header *headers, size_t count)
{
	for (size_t each = 0; each < count; each++)
		if (headers[each].key_length == 7 && memcmp(headers[each].key, ":status", 7) == 0)
			return headers[each].value_length == 3 && memcmp(headers[each].value, "200", 3) == 0;
	return false;
}

void envoy_dynamic_module_on_network_filter_http_callout_done(void *filter, void *ours, uint64_t callout,
							      enum callout_result result, struct header *headers,
							      size_t header_count, struct text *chunks,
							      size_t chunk_count)
{
	(void)filter;
	struct connection *connection = ours;
	if (connection->starting) {
		/* It has failed at once, before anybody knew its number. */
		connection->meeting = false;
		return;
	}
	if (!connection->meeting || callout != connection->meet) {
		connection_told(connection, callout);
		return;
	}
	connection->meeting = false;
	struct answer *answer = NULL;
	if (result == CALLOUT_SUCCESS && is_good(headers, header_count))
		answer = answer_read(chunks, chunk_count, clock_now());
	connection_decide(connection, answer);
}

void envoy_dynamic_module_on_network_filter_destroy(void *ours)
{
	struct connection *connection = ours;
	connection_closed(connection);
	envoy_dynamic_module_callback_network_filter_scheduler_delete(connection->scheduler);
	for (size_t stream = 0; stream < STREAMS; stream++)
		free(connection->on[stream]);
	answer_free(connection->answer);
	free(connection);
}
