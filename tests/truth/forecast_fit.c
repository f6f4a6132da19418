/* SPDX-License-Identifier: BSD-2-Clause */
/* Forecasts for tests/truth/forecast.py: reads lines "TODAY DAY COUNT DAY COUNT ...", and prints for each the
 * verdict, and under_one and silent with their intervals, as days from today ("-" beyond the horizon). */
#include <stdio.h>
#include <stdlib.h>

#include "steering/forecast.h"

enum { DAYS = 800, LINE = 32000 };

static void print_date(const struct forecast_date *date, int64_t today)
{
	const int64_t days[] = { date->likely, date->early, date->late };
	for (int i = 0; i < 3; i++)
		if (days[i] == 0)
			printf(" -");
		else
			printf(" %lld", (long long)(days[i] - today));
}

int main(void)
{
	static char line[LINE];
	static struct count_point points[DAYS];
	while (fgets(line, sizeof line, stdin) != NULL) {
		char *at = line;
		int64_t today = strtoll(at, &at, 10);
		size_t count = 0;
		for (char *end; count < DAYS; at = end) {
			points[count].day = strtoll(at, &end, 10);
			if (end == at)
				break;
			points[count++].count = strtod(end, &end);
		}
		struct forecast f;
		forecast_fit(points, count, today, &f);
		printf("%d", f.verdict);
		print_date(&f.under_one, today);
		print_date(&f.silent, today);
		putchar('\n');
	}
	return 0;
}
