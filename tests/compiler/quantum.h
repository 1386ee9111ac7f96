/* What a native strategy in C is handed: version 3 of the interface. Layouts as in the core's reference (`make docs`). */
#ifndef QUANTUM_H
#define QUANTUM_H
#include <stddef.h>
#include <stdint.h>

enum { QUANTUM_ABI = 3 };
enum { BUY = 1, SELL = 2 };
enum { LIMIT = 1, POST_ONLY = 2, REDUCE_ONLY = 4, GTC = 1 << 8, IOC = 3 << 8, FOK = 4 << 8 }; /* options of submit */
enum { NEW_LIMIT = 1, NEW_QTY = 2 };                                                          /* options of replace */
enum { PRICE, QTY, FILLED, LEAVES, AVERAGE_PRICE };                                           /* of order_number */
enum { STATE, TYPE, SIDE, IS_OPEN, IS_CANCELABLE, REASON, IS_REPLACEABLE };                   /* of order_code */

typedef struct Context Context;
typedef struct Live Live; /* a live indicator: docs/compiled.md */
typedef struct { double price, qty; } Level;
typedef struct { Level best_bid, best_ask; double position; Context *context; uint32_t instrument; } Market;
typedef struct {
    double price, qty, fee, position;
    Level bid, ask;
    int64_t exchange_ns, receive_ns, id, order_id;
    uint8_t side, liquidity;
} Subject;

typedef struct {
    double open, high, low, close, volume;
    int64_t open_ns, close_ns, trades;
    uint8_t timeframe;
} Bar;
typedef struct {
    double lo, hi, confidence;
    int64_t open_ns, direction, age;
    uint8_t pattern, kind;
} Hit;

typedef struct {
    uint64_t (*submit)(Context *, uint32_t instrument, uint8_t side, double qty, double limit, uint32_t options);
    int32_t (*cancel)(Context *, uint64_t order);
    int32_t (*cancel_all)(Context *, uint32_t instrument);
    uint64_t (*close)(Context *, uint32_t instrument);
    int32_t (*every)(Context *, int64_t period_ns);
    Market *(*market)(Context *, uint32_t instrument);
    uint32_t (*find)(Context *, const char *symbol, size_t length);
    uint64_t (*next_order)(Context *, uint32_t instrument, uint64_t *place);
    uint64_t (*count_orders)(Context *, uint32_t instrument);
    double (*order_number)(Context *, uint64_t order, uint32_t which);
    int64_t (*order_code)(Context *, uint64_t order, uint32_t which);
    double (*book_number)(Context *, uint32_t instrument, uint32_t which);
    int32_t (*book_depth)(Context *, uint32_t instrument, uint32_t which, int64_t k, double *answer);
    int32_t (*book_take)(Context *, uint32_t instrument, uint32_t which, uint8_t side, double qty, double *answers);
    int64_t (*book_code)(Context *, uint32_t instrument, uint32_t which);
    double (*account)(Context *, uint32_t which);
    int32_t (*replace)(Context *, uint64_t order, double qty, double limit, uint32_t options);
    Live *(*indicator)(Context *, const char *name, const double *arguments, size_t count, uint32_t nan);
} Functions;

struct Context {
    uint32_t abi, instrument;
    int64_t now_ns;
    const void *world, *report;
    void *state;
    uint64_t next_order_id;
    uint32_t outbox_len, outbox_overflow;
    Market *market, *markets;
    Subject subject;
    const Functions *functions;
    const Bar *bar; /* of an on_bar call */
    const Hit *hit; /* of an on_hit call */
};
#endif
