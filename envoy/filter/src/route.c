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

struct route *route_parse(struct text lines)
{
	size_t count = 0;
	for (size_t each = 0; each < lines.length; each++)
		count += lines.data[each] == '\n';
	/* All lines have an end, and the first one is no delay. The text is kept behind the delays. */
	if (count == 0)
		return NULL;
	struct route *route = malloc(sizeof *route + count * sizeof *route->delays + lines.length + 1);
	if (route == NULL)
		return NULL;
	char *line = (char *)&route->delays[count];
	memcpy(line, lines.data, lines.length);
	line[lines.length] = 0;
	char *end = strchr(line, '\n');
	route->faults = (struct text){ line, (size_t)(end - line) };
	route->count = 0;
	for (line = end + 1; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = 0;
		if (!parse_delay(line, &route->delays[route->count++])) {
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

double route_draw(const struct route *route, uint64_t *random)
{
	double sum = 0;
	for (size_t each = 0; each < route->count; each++)
		sum += delay_draw(&route->delays[each], random);
	return sum;
}
