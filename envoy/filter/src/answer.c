// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In front of a gRPC message: whether it is compressed, and its length, the most significant byte first. */
#define PREFIX_BYTES 5

/* The next word of the line, NULL at its end. */
static char *next_word(char **line)
{
	char *word = *line;
	while (*word == ' ')
		word++;
	if (*word == 0)
		return NULL;
	char *end = word;
	while (*end != 0 && *end != ' ')
		end++;
	*line = *end == 0 ? end : end + 1;
	*end = 0;
	return word;
}

static bool read_count(char **line, uint64_t *count)
{
	char *word = next_word(line);
	if (word == NULL)
		return false;
	for (*count = 0; *word != 0; word++) {
		if (*word < '0' || *word > '9' || *count > UINT64_MAX / 10 - 1)
			return false;
		*count = *count * 10 + (uint64_t)(*word - '0');
	}
	return true;
}

static bool read_number(char **line, double *number)
{
	char *word = next_word(line), *end;
	if (word == NULL)
		return false;
	*number = strtod(word, &end);
	return *end == 0 && end != word && isfinite(*number);
}

static bool read_microseconds(char **line, double *seconds)
{
	uint64_t count;
	bool good = read_count(line, &count);
	*seconds = good ? (double)count / 1e6 : 0;
	return good;
}

/* Told as microseconds from now. */
static bool read_moment(char **line, double *moment, double now)
{
	bool good = read_microseconds(line, moment);
	*moment += now;
	return good;
}

static bool read_toll(char **line, struct toll *toll)
{
	uint64_t count;
	if (!read_count(line, &count) || count > INT64_MAX)
		return false;
	*toll = (struct toll){ .set = true, .left = (int64_t)count };
	return true;
}

static bool read_latency(char **line, struct delay *delay)
{
	static const char *const families[] = {
		"fixed", "uniform", "normal", "exponential", "pareto", "lognormal"
	};
	char *word = next_word(line);
	for (size_t each = 0; word != NULL && each < sizeof families / sizeof *families; each++)
		if (strcmp(word, families[each]) == 0) {
			delay->family = (enum family)each;
			return read_number(line, &delay->first) && read_number(line, &delay->second) &&
			       read_number(line, &delay->limit_milliseconds);
		}
	return false;
}

static bool read_effect(const char *effect, char **line, struct fault *fault, double now)
{
	if (strcmp(effect, "latency") == 0)
		return fault->late = read_latency(line, &fault->latency);
	if (strcmp(effect, "rate") == 0)
		return read_count(line, &fault->bytes_per_second);
	if (strcmp(effect, "slices") == 0)
		return read_count(line, &fault->slice_bytes) && read_microseconds(line, &fault->slice_pause);
	if (strcmp(effect, "corrupt") == 0)
		return read_count(line, &fault->corrupt_parts);
	if (strcmp(effect, "close-delay-us") == 0)
		return read_microseconds(line, &fault->close_delay);
	if (strcmp(effect, "reset-now") == 0)
		return fault->reset_now = true;
	if (strcmp(effect, "reset-us") == 0)
		return read_moment(line, &fault->reset_at, now);
	if (strcmp(effect, "reset-bytes") == 0)
		return read_toll(line, &fault->tolls[DID_RESET]);
	if (strcmp(effect, "close") == 0)
		return read_toll(line, &fault->tolls[DID_CLOSE]);
	if (strcmp(effect, "blackhole") == 0)
		return read_toll(line, &fault->tolls[DID_BLACKHOLE]);
	return false;
}

static bool read_fault(char *line, struct fault *fault, double now)
{
	char *id = next_word(&line), *stream = next_word(&line), *effect;
	double ends;
	if (id == NULL || stream == NULL || !read_moment(&line, &ends, now))
		return false;
	*fault =
		(struct fault){ .id = id, .id_length = strlen(id), .on = true, .ends = ends, .reset_at = INFINITY };
	fault->draws = draws_of(id, fault->id_length);
	fault->upstream = strcmp(stream, "downstream") != 0;
	fault->downstream = strcmp(stream, "upstream") != 0;
	if (fault->upstream && fault->downstream && strcmp(stream, "both") != 0)
		return false;
	while ((effect = next_word(&line)) != NULL)
		if (!read_effect(effect, &line, fault, now))
			return false;
	return true;
}

static bool read_line(char *line, struct answer *answer, double now)
{
	char *key = next_word(&line);
	if (key == NULL)
		return true;
	if (strcmp(key, "version") == 0)
		return read_count(&line, &answer->version);
	if (strcmp(key, "reset") == 0)
		return answer->reset = true;
	return strcmp(key, "fault") == 0 && read_fault(line, &answer->faults[answer->count++], now);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;
	for (; *text != 0; text++)
		count += *text == '\n';
	return count;
}

/* The text becomes the answer's. */
static struct answer *parse(char *text, double now)
{
	struct answer *answer = calloc(1, sizeof *answer);
	if (answer == NULL) {
		free(text);
		return NULL;
	}
	answer->text = text;
	answer->faults = calloc(count_lines(text), sizeof *answer->faults);
	bool good = answer->faults != NULL;
	for (char *line = text, *next; good && line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = 0;
		good = read_line(line, answer, now);
	}
	if (good && answer->version > 0)
		return answer;
	answer_free(answer);
	return NULL;
}

struct answer *answer_parse(const char *text, size_t length, double now)
{
	char *copy = malloc(length + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = 0;
	return parse(copy, now);
}

struct answer *answer_read(const struct text *chunks, size_t count, double now)
{
	size_t length = 0;
	for (size_t each = 0; each < count; each++)
		length += chunks[each].length;
	if (length < PREFIX_BYTES)
		return NULL;
	unsigned char *body = malloc(length);
	if (body == NULL)
		return NULL;
	size_t filled = 0;
	for (size_t each = 0; each < count; filled += chunks[each++].length)
		memcpy(body + filled, chunks[each].data, chunks[each].length);
	size_t told = (size_t)body[1] << 24 | (size_t)body[2] << 16 | (size_t)body[3] << 8 | body[4];
	struct answer *answer = NULL;
	if (body[0] == 0 && told == length - PREFIX_BYTES)
		answer = answer_parse((const char *)body + PREFIX_BYTES, told, now);
	free(body);
	return answer;
}

void answer_free(struct answer *answer)
{
	if (answer != NULL) {
		free(answer->faults);
		free(answer->text);
		free(answer);
	}
}
