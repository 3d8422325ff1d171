# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The row engine, compiled: the same functions as `rows`, on pointers. Every offset is checked against the message's end
before it is used, in 64-bit arithmetic, so that no length can overflow.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memchr

from tokengate.errors import ProtocolError
from tokengate.protocols.postgres.cells import partial_cell
from tokengate.protocols.postgres.rows import called

ctypedef const unsigned char* Bytes

cdef enum:
    NULL_OP = 1
    CONST_OP = 2
    PARTIAL_OP = 3
    CALL_OP = 4
    SIFT_OP = 5
    SIEVE_WORDS = 258  # of a sieve's word: see tokengate.mask.sieve

cdef struct Op:
    int what
    Bytes data
    Py_ssize_t size
    Py_ssize_t prefix
    Py_ssize_t suffix
    Py_ssize_t room

cdef struct Out:
    unsigned char* data
    Py_ssize_t used
    Py_ssize_t space


cdef inline Py_ssize_t read32(Bytes at) noexcept:
    return <Py_ssize_t><int>((<unsigned int>at[0] << 24) | (<unsigned int>at[1] << 16) | (<unsigned int>at[2] << 8) | at[3])


cdef inline void write32(unsigned char* at, Py_ssize_t value) noexcept:
    cdef unsigned int bits = <unsigned int>value
    at[0] = bits >> 24
    at[1] = (bits >> 16) & 255
    at[2] = (bits >> 8) & 255
    at[3] = bits & 255


cdef inline int room_for(Out* out, Py_ssize_t more) except -1:
    cdef Py_ssize_t space
    cdef unsigned char* grown
    if out.used + more > out.space:
        space = 2 * out.space + more
        grown = <unsigned char*>realloc(out.data, space)
        if grown == NULL:
            raise MemoryError()
        out.data = grown
        out.space = space
    return 0


cdef inline int put(Out* out, Bytes data, Py_ssize_t size) except -1:
    room_for(out, size)
    memcpy(out.data + out.used, data, size)
    out.used += size
    return 0


cdef inline int put_cell(Out* out, Bytes data, Py_ssize_t size) except -1:
    room_for(out, size + 4)
    write32(out.data + out.used, size)
    memcpy(out.data + out.used + 4, data, size)
    out.used += size + 4
    return 0


def malformed():
    return ProtocolError("invalid DataRow message", "08P01")


def scan(bytes data not None, Py_ssize_t start, int kind):
    """See `rows.scan`."""
    cdef Bytes raw = <Bytes>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data), at = start, length, count = 0
    while size - at >= 5 and raw[at] == kind:
        length = read32(raw + at + 1)
        if length < 4:
            raise malformed()
        if at + 1 + length > size:
            break
        at += 1 + length
        count += 1
    return at, count


cdef inline bint is_ascii(Bytes data, Py_ssize_t size) noexcept:
    cdef Py_ssize_t i
    for i in range(size):
        if data[i] >= 128:
            return False
    return True


cdef bint likely(Bytes data, Py_ssize_t size, Bytes sieve, Py_ssize_t sieve_size) noexcept:
    """See `sieve.likely`."""
    cdef const uint64_t* word = <const uint64_t*>sieve
    cdef const uint64_t* last = word + sieve_size // sizeof(uint64_t)
    cdef const uint64_t* classes
    cdef uint64_t state, seen, begins
    cdef Py_ssize_t i
    while word < last:
        begins = word[0]
        classes = word + 2
        state = begins & classes[10]  # a line end stands before the text and after it
        seen = state
        for i in range(size):
            state = (state << 1 | begins) & classes[data[i]]
            seen |= state
        seen |= (state << 1 | begins) & classes[10]
        if seen & word[1]:
            return True
        word += SIEVE_WORDS
    return False


cdef int put_partial(Out* out, Op* op, Bytes value, Py_ssize_t size) except -1:
    """A `Partial` of a plain ASCII text that is no e-mail address and fits; anything else goes to Python."""
    cdef Py_ssize_t kept = op.prefix + op.suffix
    if not is_ascii(value, size) or memchr(value, 64, size) != NULL or (op.room and kept + 3 > op.room) or size == 0:
        return put_email(out, op, value, size)
    if size < kept + 3:
        return put_cell(out, <Bytes>b"***", 3)
    room_for(out, kept + 7)
    write32(out.data + out.used, kept + 3)
    out.used += 4
    put(out, value, op.prefix)
    put(out, <Bytes>b"***", 3)
    return put(out, value + size - op.suffix, op.suffix)


cdef int put_email(Out* out, Op* op, Bytes value, Py_ssize_t size) except -1:
    """An e-mail address of a plain form keeps its domain: letters, digits, dots and dashes behind the one "@"."""
    cdef Bytes at
    cdef Py_ssize_t local, i, last_dot = -1
    cdef unsigned char c
    cdef bint plain = size > 0 and is_ascii(value, size)
    if plain:
        at = <Bytes>memchr(value, 64, size)
        plain = at != NULL and memchr(at + 1, 64, size - (at - value) - 1) == NULL
    if plain:
        local = at - value
        plain = local > 0 and size - local - 1 <= 250
        for i in range(local + 1, size):
            c = value[i]
            if c == 46:
                last_dot = i
            elif not (48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 45):
                plain = False
                break
        plain = plain and last_dot > local + 1 and 2 <= size - last_dot - 1 <= 63 and value[local + 1] not in (45, 46)
        if plain:
            plain = value[last_dot - 1] not in (45, 46)
            for i in range(last_dot + 1, size):
                c = value[i]
                if not (65 <= c <= 90 or 97 <= c <= 122):
                    plain = False
                    break
    if not plain or (op.room and op.prefix + op.suffix + 3 + size - local > op.room):
        return put_slowly(out, op, value, size)
    room_for(out, op.prefix + op.suffix + 8 + size - local)
    if local < op.prefix + op.suffix + 3:
        write32(out.data + out.used, 3 + size - local)
        out.used += 4
        put(out, <Bytes>b"***", 3)
    else:
        write32(out.data + out.used, op.prefix + op.suffix + 3 + size - local)
        out.used += 4
        put(out, value, op.prefix)
        put(out, <Bytes>b"***", 3)
        put(out, value + local - op.suffix, op.suffix)
    return put(out, value + local, size - local)


cdef int put_slowly(Out* out, Op* op, Bytes value, Py_ssize_t size) except -1:
    cdef bytes made = partial_cell(PyBytes_FromStringAndSize(<const char*>value, size), op.prefix, op.suffix, op.room)
    return put_cell(out, <Bytes>PyBytes_AS_STRING(made), PyBytes_GET_SIZE(made))


def mask(bytes data not None, Py_ssize_t start, plan):
    """See `rows.mask`."""
    cdef tuple operations = plan.operations
    cdef Py_ssize_t columns = len(operations)
    cdef Op* ops = <Op*>malloc(max(columns, 1) * sizeof(Op))
    cdef Out out
    out.space = PyBytes_GET_SIZE(data) - start + 1024
    out.used = 0
    out.data = <unsigned char*>malloc(out.space)
    if ops == NULL or out.data == NULL:
        free(ops)
        free(out.data)
        raise MemoryError()
    try:
        prepare(ops, operations)
        return run(data, start, ops, operations, columns, &out)
    finally:
        free(ops)
        free(out.data)


cdef int prepare(Op* ops, tuple operations) except -1:
    cdef Py_ssize_t i
    cdef bytes constant
    for i, operation in enumerate(operations):
        ops[i].what = 0
        if operation is None:
            continue
        what, argument = operation
        ops[i].what = what
        if what == CONST_OP:
            constant = argument
            ops[i].data = <Bytes>PyBytes_AS_STRING(constant)  # the plan keeps it alive
            ops[i].size = PyBytes_GET_SIZE(constant)
        elif what == PARTIAL_OP:
            ops[i].prefix, ops[i].suffix, ops[i].room = argument
        elif what == SIFT_OP:
            constant = argument[1]
            if PyBytes_GET_SIZE(constant) % (SIEVE_WORDS * sizeof(uint64_t)):
                raise ValueError("a sieve of a wrong size")
            ops[i].data = <Bytes>PyBytes_AS_STRING(constant)
            ops[i].size = PyBytes_GET_SIZE(constant)
        elif what != NULL_OP and what != CALL_OP:
            raise TypeError(f"{operation!r} is no operation")
    return 0


cdef run(bytes data, Py_ssize_t start, Op* ops, tuple operations, Py_ssize_t columns, Out* out):
    cdef Bytes raw = <Bytes>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data), at = start, length, stop, value, kept, head, i
    cdef Py_ssize_t rows = 0, masked = 0
    cdef bytes cell, given
    made = None
    while size - at >= 5 and raw[at] == 68:
        length = read32(raw + at + 1)
        if length < 4:
            raise malformed()
        stop = at + 1 + length
        if stop > size:
            break
        if length < 6 or (<Py_ssize_t>raw[at + 5] << 8 | raw[at + 6]) != columns:
            raise malformed()
        head = out.used
        kept = at
        at += 7
        for i in range(columns):
            if stop - at < 4:
                raise malformed()
            length = read32(raw + at)
            value = at + 4
            at = value + length if length >= 0 else value
            if length < -1 or at > stop:
                raise malformed()
            if ops[i].what == 0 or length < 0:
                continue
            if ops[i].what == SIFT_OP and not likely(raw + value, length, ops[i].data, ops[i].size):
                continue
            if ops[i].what == CALL_OP or ops[i].what == SIFT_OP:
                given = PyBytes_FromStringAndSize(<const char*>raw + value, length)
                made = called(operations[i][1] if ops[i].what == CALL_OP else operations[i][1][0], given)
                if made is given:
                    continue  # a detector that found nothing
            put(out, raw + kept, value - 4 - kept)
            kept = at
            masked += 1
            if ops[i].what == CONST_OP:
                put_cell(out, ops[i].data, ops[i].size)
            elif ops[i].what == PARTIAL_OP:
                put_partial(out, &ops[i], raw + value, length)
            else:
                if ops[i].what == NULL_OP or made is None:
                    room_for(out, 4)
                    write32(out.data + out.used, -1)
                    out.used += 4
                else:
                    cell = made
                    put_cell(out, <Bytes>PyBytes_AS_STRING(cell), PyBytes_GET_SIZE(cell))
        if at != stop:
            raise malformed()
        put(out, raw + kept, stop - kept)
        write32(out.data + head + 1, out.used - head - 1)
        rows += 1
    return PyBytes_FromStringAndSize(<const char*>out.data, out.used), at, rows, masked
