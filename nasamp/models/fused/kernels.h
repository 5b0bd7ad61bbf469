// The two loops that take all the time: rows of a matrix times columns that are signals, and the matrix's gradient.
#pragma once
#include <algorithm>
#include <vector>

#include "vectors.h"

constexpr int WIDTH = 2;  // vectors of a row at a time; with MOST_ROWS they fill the registers
template <typename S> constexpr int TILE = WIDTH * LANES<S>;

// Split total into as few blocks as possible, of at most `most` and nearly equal: f(first, count).
template <typename F> inline void in_blocks(int total, int most, F f) {
    const int blocks = (total + most - 1) / most;
    for (int i = 0; i < blocks; i++) f(total * i / blocks, total * (i + 1) / blocks - total * i / blocks);
}

// Call f with the count as a constant, 1..MOST.
template <int MOST, typename F> inline void with_constant(int count, F f) {
    if constexpr (MOST > 0) {
        if (count == MOST) f(std::integral_constant<int, MOST>{});
        else with_constant<MOST - 1>(count, f);
    }
}

// A matrix in the order in which `multiply` reads it, and where its columns lie, relative to the first sample.
template <typename S> struct Matrix {
    int rows = 0, parts = 1;  // no block of rows reaches from one part into the next
    std::vector<ptrdiff_t> offsets;
    std::vector<S> weights;

    template <typename F> void in_row_blocks(F f) const {
        for (int part = 0; part < parts; part++)
            in_blocks(rows / parts, MOST_ROWS, [&](int row, int count) { f(part * rows / parts + row, count); });
    }
    template <typename F> void order(F weight) {
        in_row_blocks([&](int row, int count) {
            for (size_t column = 0; column < offsets.size(); column++)
                for (int i = 0; i < count; i++) weights.push_back(weight(row + i, int(column)));
        });
    }
};

// sum[row] += weights[column][row] * in[offsets[column]...] over all columns, for one tile of samples.
template <typename S, int ROWS>
inline void convolve(V<S> (&sum)[ROWS][WIDTH], const S* weights, const ptrdiff_t* offsets, int columns, const S* in) {
    for (int column = 0; column < columns; column++, weights += ROWS) {
        const S* shifted = in + offsets[column];
        const V<S> left = load(shifted), right = load(shifted + LANES<S>);
#pragma GCC unroll 8
        for (int row = 0; row < ROWS; row++) {
            sum[row][0] += weights[row] * left;
            sum[row][1] += weights[row] * right;
        }
    }
}

// The matrix times its columns at samples from..to: start(row, t) gives a vector to begin with, finish(row, t, result)
// takes a block of rows of one tile.
template <typename S, typename Start, typename Finish>
inline void multiply(const Matrix<S>& matrix, const S* columns, int64_t from, int64_t to, Start start, Finish finish) {
    for (int64_t t = from; t < to; t += TILE<S>) {
        const S* weights = matrix.weights.data();
        matrix.in_row_blocks([&](int row, int count) {
            with_constant<MOST_ROWS>(count, [&](auto fixed) {
                constexpr int ROWS = fixed;
                V<S> sum[ROWS][WIDTH];
#pragma GCC unroll 8
                for (int i = 0; i < ROWS; i++)
                    for (int j = 0; j < WIDTH; j++) sum[i][j] = start(row + i, t + j * LANES<S>);
                convolve<S, ROWS>(sum, weights, matrix.offsets.data(), matrix.offsets.size(), columns + t);
                V<S> result[ROWS][WIDTH];  // a copy, or `sum` would have an address and live in memory
#pragma GCC unroll 8
                for (int i = 0; i < ROWS; i++)
                    for (int j = 0; j < WIDTH; j++) result[i][j] = sum[i][j];
                finish(row, t, result);
            });
            weights += count * matrix.offsets.size();
        });
    }
}

constexpr int MOST_GRADIENT_ROWS = REGISTERS / 4;
constexpr int gradient_columns(int rows) { return std::min(8, (REGISTERS - 1) / (rows + 1)); }

// How many numbers `correlate` writes for a block: its sums, filled up to whole vectors.
template <typename S> constexpr int filled(int sums) { return (sums + LANES<S> - 1) / LANES<S> * LANES<S>; }

// result[row * COLUMNS + column] += sum over samples of rows[row][t] * columns[column][t].
template <typename S, int ROWS, int COLUMNS>
inline void correlate(S* result, const S* rows, ptrdiff_t stride, const S* const* columns, int64_t samples) {
    V<S> sum[filled<S>(ROWS * COLUMNS)] = {};
    const S* from[COLUMNS];
    for (int column = 0; column < COLUMNS; column++) from[column] = columns[column];
    for (int64_t t = 0; t < samples; t += LANES<S>) {
        V<S> other[COLUMNS];
#pragma GCC unroll 8
        for (int column = 0; column < COLUMNS; column++) other[column] = load(from[column] + t);
#pragma GCC unroll 8
        for (int row = 0; row < ROWS; row++) {
            V<S> value = load(rows + row * stride + t);
            hold(value);
#pragma GCC unroll 8
            for (int column = 0; column < COLUMNS; column++) sum[row * COLUMNS + column] += value * other[column];
        }
    }
    for (int i = 0; i < filled<S>(ROWS * COLUMNS); i += LANES<S>)
        store(result + i, load(result + i) + sums<S>(sum + i));
}

// The blocks of a gradient, in the order of their sums: f(row, rows, column, columns).
template <typename F> inline void in_gradient_blocks(int rows, int columns, F f) {
    in_blocks(rows, MOST_GRADIENT_ROWS, [&](int row, int count) {
        in_blocks(columns, gradient_columns(count), [&](int column, int width) { f(row, count, column, width); });
    });
}

template <typename S> int64_t gradient_elements(int rows, int columns) {
    int64_t result = 0;
    in_gradient_blocks(rows, columns, [&](int, int count, int, int width) { result += filled<S>(count * width); });
    return result;
}

// Add the gradient of a matrix to its sums: of `rows` signals with each column.
template <typename S>
void add_gradient(S* sums, int rows, const S* first, ptrdiff_t stride, const std::vector<const S*>& columns,
                  int64_t samples) {
    in_gradient_blocks(rows, columns.size(), [&](int row, int count, int column, int width) {
        with_constant<MOST_GRADIENT_ROWS>(count, [&](auto fixed) {
            with_constant<gradient_columns(fixed)>(width, [&](auto fixed_width) {
                correlate<S, fixed, fixed_width>(sums, first + row * stride, stride, &columns[column], samples);
            });
        });
        sums += filled<S>(count * width);
    });
}
