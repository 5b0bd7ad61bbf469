// Print how many GFLOP/s one core reaches with multiply-adds on registers alone.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "../nasamp/models/fused/vectors.h"

int main() {
    constexpr int CHAINS = MOST_ROWS + 4;  // enough to hide the latency, few enough for the registers
    constexpr long TIMES = 20'000'000;
    volatile float used = 0;
    double best = 0;
    for (int round = 0; round < 5; round++) {
        V<float> sum[CHAINS], factor = V<float>{} + 0.999f;
        for (int j = 0; j < CHAINS; j++) sum[j] = V<float>{} + float(j);  // equal ones would be computed once
        const clock_t start = clock();
        for (long i = 0; i < TIMES; i++) {
#pragma GCC unroll 16
            for (int j = 0; j < CHAINS; j++) sum[j] = sum[j] * factor + factor;
        }
        const double seconds = double(clock() - start) / CLOCKS_PER_SEC;
        for (const V<float>& chain : sum) used = used + chain[0];  // or nothing would be computed
        best = std::max(best, 2.0 * TIMES * CHAINS * LANES<float> / seconds / 1e9);
    }
    std::printf("%.1f\n", best);
}
