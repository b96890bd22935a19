/* Marks functions that ordinary requests do not call. Without it, compilers inline some of them
 * or what they call, and every small request takes more instructions. */
#ifndef BASE_COLD_H
#define BASE_COLD_H

#define COLD __attribute__((cold))

#endif
