/*
 * Happy path: the first client to ask leads the inquiry: its request goes to the store. The
 * answer also goes to the clients that asked before the request was sent. Of those that asked
 * later, the first leads next.
 *
 * Failures: the leader leaves: the next one leads. An answer comes in pieces, or memory is
 * refused: each client asks the store itself, as without this file.
 */
#include "uplink/asking.h"

#include "base/container.h"

enum {
    LASTING_MS = 100, /* longer than a store takes to answer, shorter than it takes to ask why
                         it does not */
    GATHERING_MS = 5, /* docs/results/relays.md */
};

struct inquiry {
    struct list link; /* of the bucket */
    struct asking *asking;
    struct asker *leader; /* asks the store; NULL: the inquiry has not been sent */
    struct list before;   /* had asked when it was sent */
    struct list since;    /* have asked since */
    struct list gathered; /* of the company for which it waits; not linked: it was sent */
    struct deadline lasting;
    uint16_t store;
    uint16_t len;
    uint8_t bytes[];
};

/* Clients that asked the same, and have not asked again yet. */
struct company {
    struct asking *asking;
    struct list members;
    struct list inquiries; /* of members that have asked: they wait for the others */
    struct deadline deadline;
};

static struct span bytes_of(const struct inquiry *inquiry)
{
    return span_of(inquiry->bytes, inquiry->len);
}

static size_t size_of_inquiry(size_t len)
{
    return sizeof(struct inquiry) + len;
}

static void free_inquiry(struct inquiry *inquiry)
{
    deadline_cancel(&inquiry->lasting);
    list_remove(&inquiry->link);
    if (list_is_linked(&inquiry->gathered))
        list_remove(&inquiry->gathered);
    memory_free(inquiry->asking->memory, inquiry, size_of_inquiry(inquiry->len));
}

/* The first of the list; it waits for the inquiry no more. */
static struct asker *take_first(struct list *askers)
{
    struct asker *asker = CONTAINER_OF(askers->next, struct asker, link);

    list_remove(&asker->link);
    asker->inquiry = NULL;
    return asker;
}

/* The request of the first client goes to the store, for all of them. */
static void launch(struct inquiry *inquiry)
{
    const struct asking *asking = inquiry->asking;
    struct asker *leader = take_first(&inquiry->before);

    if (list_is_linked(&inquiry->gathered))
        list_remove(&inquiry->gathered);
    inquiry->leader = leader;
    leader->inquiry = inquiry;
    deadline_cancel(&inquiry->lasting);
    if (inquiry->bytes[0] == WIRE_WAIT)
        deadlines_start(&inquiry->asking->lasting, &inquiry->lasting);
    asking->events->send(leader, bytes_of(inquiry));
}

/* The leader has its answer, or has left: the next client leads. */
static void lead_on(struct inquiry *inquiry)
{
    inquiry->leader = NULL;
    list_append_all(&inquiry->before, &inquiry->since);
    if (list_is_empty(&inquiry->before))
        free_inquiry(inquiry);
    else
        launch(inquiry);
}

/* Each asks the store itself. */
static void dissolve(struct inquiry *inquiry)
{
    const struct asking *asking = inquiry->asking;

    if (inquiry->leader != NULL)
        inquiry->leader->inquiry = NULL;
    inquiry->leader = NULL;
    list_append_all(&inquiry->before, &inquiry->since);
    while (!list_is_empty(&inquiry->before)) {
        struct asker *asker = take_first(&inquiry->before);

        asking->events->send(asker, bytes_of(inquiry));
    }
    free_inquiry(inquiry);
}

static void on_lasting(struct deadline *deadline)
{
    dissolve(CONTAINER_OF(deadline, struct inquiry, lasting));
}

/* It has asked, or will not. */
static void leave_company(struct asker *asker)
{
    if (asker->company == NULL)
        return;
    list_remove(&asker->member);
    asker->company = NULL;
}

/* What its members have asked is sent. */
static void end_company(struct company *company)
{
    deadline_cancel(&company->deadline);
    while (!list_is_empty(&company->members))
        leave_company(CONTAINER_OF(company->members.next, struct asker, member));
    while (!list_is_empty(&company->inquiries))
        launch(CONTAINER_OF(company->inquiries.next, struct inquiry, gathered));
    memory_free(company->asking->memory, company, sizeof(*company));
}

static void on_gathered(struct deadline *deadline)
{
    end_company(CONTAINER_OF(deadline, struct company, deadline));
}

static void end_company_if_all_asked(struct company *company)
{
    if (company != NULL && list_is_empty(&company->members))
        end_company(company);
}

/* NULL: memory is refused. */
static struct company *form_company(struct asking *asking)
{
    struct company *company = memory_alloc(asking->memory, sizeof(*company));

    if (company == NULL)
        return NULL;
    *company = (struct company){.asking = asking};
    list_init(&company->members);
    list_init(&company->inquiries);
    deadlines_start(&asking->gathering, &company->deadline);
    return company;
}

/* One that others wait for already stays with them. */
static void join_company(struct company *company, struct asker *asker)
{
    if (company == NULL || asker->company != NULL)
        return;
    asker->company = company;
    list_append(&company->members, &asker->member);
}

static void join_all(struct company *company, struct list *askers)
{
    for (struct list *link = askers->next; link != askers; link = link->next)
        join_company(company, CONTAINER_OF(link, struct asker, link));
}

/* All who have asked this tend to ask alike again. */
static void gather(struct inquiry *inquiry, struct asker *leader)
{
    struct company *company;

    if (list_is_empty(&inquiry->before) && list_is_empty(&inquiry->since))
        return;
    company = form_company(inquiry->asking);
    join_company(company, leader);
    join_all(company, &inquiry->before);
    join_all(company, &inquiry->since);
    end_company_if_all_asked(company);
}

/* Those who had asked before their leader was sent get its answer, too. */
static void answer_all(struct inquiry *inquiry, struct span bytes)
{
    struct asking *asking = inquiry->asking;

    while (!list_is_empty(&inquiry->before)) {
        struct asker *asker = take_first(&inquiry->before);

        passing_down(&asker->passing, bytes);
        asking->shared_answers++;
        asking->events->answer(asker, bytes);
    }
}

static struct list *bucket_of(struct asking *asking, struct span bytes)
{
    return &asking->inquiries[hash_bytes(&asking->hash_key, bytes) % ASKING_BUCKETS];
}

static struct inquiry *find(const struct list *bucket, uint16_t store, struct span bytes)
{
    for (struct list *link = bucket->next; link != bucket; link = link->next) {
        struct inquiry *inquiry = CONTAINER_OF(link, struct inquiry, link);

        if (inquiry->store == store && span_equal(bytes_of(inquiry), bytes))
            return inquiry;
    }
    return NULL;
}

/* NULL: memory is refused. */
static struct inquiry *add(
    struct asking *asking, struct list *bucket, uint16_t store, struct span bytes)
{
    struct inquiry *inquiry = memory_alloc(asking->memory, size_of_inquiry(bytes.len));

    if (inquiry == NULL)
        return NULL;
    *inquiry = (struct inquiry){.asking = asking, .store = store, .len = (uint16_t)bytes.len};
    span_copy(inquiry->bytes, bytes);
    list_init(&inquiry->before);
    list_init(&inquiry->since);
    list_append(bucket, &inquiry->link);
    return inquiry;
}

static void join(struct inquiry *inquiry, struct asker *asker)
{
    asker->inquiry = inquiry;
    list_append(inquiry->leader == NULL ? &inquiry->before : &inquiry->since, &asker->link);
}

/* `company` waits for others, too; NULL: nobody does. */
static void ask_as_first(
    struct asking *asking, struct list *bucket, struct asker *asker, struct company *company,
    struct span bytes)
{
    struct inquiry *inquiry = add(asking, bucket, asker->store, bytes);

    if (inquiry == NULL) {
        asking->events->send(asker, bytes);
        return;
    }
    join(inquiry, asker);
    if (company == NULL) {
        launch(inquiry);
        return;
    }
    list_append(&company->inquiries, &inquiry->gathered);
}

static void ask(
    struct asking *asking, struct asker *asker, struct company *company, struct span bytes)
{
    struct list *bucket = bucket_of(asking, bytes);
    struct inquiry *inquiry = find(bucket, asker->store, bytes);

    if (inquiry != NULL)
        join(inquiry, asker);
    else
        ask_as_first(asking, bucket, asker, company, bytes);
}

static bool changes_nothing(uint8_t opcode)
{
    switch (opcode) {
    case WIRE_GET:
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_GETNUMKEYS:
    case WIRE_MULTI_GET:
    case WIRE_QUEUE_LEN:
    case WIRE_LIST_KEYS:
        return true;
    default:
        return false;
    }
}

/* The bytes are one whole request, behind nothing that is unanswered. */
static bool is_inquiry(struct asker *asker, struct span bytes)
{
    bool was_settled = asker->passing.is_settled;

    passing_up(&asker->passing, bytes);
    return was_settled && asker->passing.state == PASSING_REPLY && bytes.len <= INQUIRY_MAX &&
           changes_nothing(bytes.bytes[0]);
}

void asking_sent(struct asking *asking, struct asker *asker, struct span bytes, bool may_share)
{
    struct company *company;

    asking_finish(asker);
    company = asker->company;
    leave_company(asker);
    if (is_inquiry(asker, bytes) && may_share)
        ask(asking, asker, company, bytes);
    else
        asking->events->send(asker, bytes);
    end_company_if_all_asked(company);
}

void asking_given(struct asker *asker, struct span bytes)
{
    struct inquiry *inquiry = asker->inquiry;

    passing_down(&asker->passing, bytes);
    if (inquiry == NULL || inquiry->leader != asker)
        return;
    if (!asker->passing.is_settled) {
        dissolve(inquiry);
        return;
    }
    asker->inquiry = NULL;
    gather(inquiry, asker);
    answer_all(inquiry, bytes);
    lead_on(inquiry);
}

/* It asks no more, for others neither. */
static void withdraw(struct asker *asker)
{
    struct inquiry *inquiry = asker->inquiry;

    asker->inquiry = NULL;
    if (inquiry->leader == asker) {
        lead_on(inquiry);
        return;
    }
    list_remove(&asker->link);
    if (inquiry->leader == NULL && list_is_empty(&inquiry->before))
        free_inquiry(inquiry);
}

void asking_finish(struct asker *asker)
{
    struct inquiry *inquiry = asker->inquiry;

    if (inquiry == NULL)
        return;
    if (inquiry->leader != asker)
        inquiry->asking->events->send(asker, bytes_of(inquiry));
    if (asker->inquiry != NULL)
        withdraw(asker);
}

void asking_leave(struct asker *asker)
{
    struct company *company;

    if (asker->inquiry != NULL)
        withdraw(asker);
    company = asker->company;
    leave_company(asker);
    end_company_if_all_asked(company);
}

void asking_enter(struct asker *asker, uint16_t store)
{
    *asker = (struct asker){.store = store};
}

void asking_init(
    struct asking *asking, uv_loop_t *loop, struct memory *memory,
    const struct asking_events *events)
{
    *asking = (struct asking){.memory = memory, .events = events};
    uv_random(NULL, NULL, &asking->hash_key, sizeof(asking->hash_key), 0, NULL);
    for (size_t i = 0; i < ASKING_BUCKETS; i++)
        list_init(&asking->inquiries[i]);
    deadlines_init(&asking->lasting, loop, LASTING_MS, on_lasting);
    deadlines_init(&asking->gathering, loop, GATHERING_MS, on_gathered);
}

void asking_close(struct asking *asking)
{
    deadlines_close(&asking->lasting);
    deadlines_close(&asking->gathering);
}
