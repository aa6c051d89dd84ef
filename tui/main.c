#include <stdio.h>

int main(void)
{
	puts("mapscope " MAPSCOPE_VERSION);
	return 0;
}
