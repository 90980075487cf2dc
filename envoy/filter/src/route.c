// SPDX-License-Identifier: Apache-2.0
#include "route.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool parse_delay(const char *line, struct delay *delay)
{
	static const char *const families[] = {
		"fixed", "uniform", "normal", "exponential", "pareto", "lognormal"
	};
	double numbers[3];
	for (size_t family = 0; family < sizeof families / sizeof *families; family++) {
		size_t length = strlen(families[family]);
		if (strncmp(line, families[family], length) != 0 || line[length] != ' ')
			continue;
		char *end;
		line += length;
		for (size_t each = 0; each < 3; each++, line = end) {
			numbers[each] = strtod(line, &end);
			if (end == line || !isfinite(numbers[each]))
				return false;
		}
		*delay = (struct delay){ family, numbers[0], numbers[1], numbers[2] };
		return *line == 0;
	}
	return false;
}

/* The word at the beginning of a line, which then begins behind the space after it. Without a space it is empty. */
static struct text word(char **line)
{
	char *end = strchr(*line, ' ');
	struct text found = { *line, end == NULL ? 0 : (size_t)(end - *line) };
	if (end != NULL)
		*line = end + 1;
	return found;
}

static bool parse_held(char *line, struct held *held)
{
	held->key = word(&line);
	held->fault = word(&line);
	held->kind = word(&line);
	held->draws = draws_of(held->fault.data, held->fault.length);
	return held->key.length > 0 && held->fault.length > 0 && held->kind.length > 0 &&
	       parse_delay(line, &held->delay);
}

struct route *route_parse(struct text lines)
{
	size_t count = 0;
	for (size_t each = 0; each < lines.length; each++)
		count += lines.data[each] == '\n';
	/* All lines have an end. */
	if (count == 0 || lines.data[lines.length - 1] != '\n')
		return NULL;
	/* The text is kept behind what it says. */
	struct route *route = malloc(sizeof *route + count * sizeof *route->held + lines.length + 1);
	if (route == NULL)
		return NULL;
	char *line = (char *)&route->held[count], *end;
	memcpy(line, lines.data, lines.length);
	line[lines.length] = 0;
	for (route->count = 0; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = 0;
		if (!parse_held(line, &route->held[route->count++])) {
			free(route);
			return NULL;
		}
	}
	return route;
}

void route_free(struct route *route)
{
	free(route);
}

struct drawn *route_draw(const struct route *route)
{
	size_t size = sizeof(struct drawn) + route->count * sizeof(struct part);
	for (size_t each = 0; each < route->count; each++)
		size += route->held[each].key.length;
	struct drawn *drawn = malloc(size);
	if (drawn == NULL)
		return NULL;
	drawn->count = route->count;
	char *keys = (char *)&drawn->parts[route->count];
	for (size_t each = 0; each < route->count; each++) {
		const struct held *held = &route->held[each];
		memcpy(keys, held->key.data, held->key.length);
		drawn->parts[each] =
			(struct part){ { keys, held->key.length }, delay_draw(&held->delay, held->draws) / 1000 };
		keys += held->key.length;
	}
	return drawn;
}

void drawn_free(struct drawn *drawn)
{
	free(drawn);
}

double drawn_seconds(const struct drawn *drawn)
{
	double sum = 0;
	for (size_t each = 0; each < drawn->count; each++)
		sum += drawn->parts[each].seconds;
	return sum;
}

void drawn_without_ended(struct drawn *drawn, uint64_t (*value)(struct text key, uint64_t otherwise))
{
	for (size_t each = 0; each < drawn->count; each++)
		if (value(drawn->parts[each].key, 0) == 0)
			drawn->parts[each].seconds = 0;
}
