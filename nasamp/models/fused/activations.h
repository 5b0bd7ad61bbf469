// Activation functions, and their derivatives as functions of their results, so that no pre-activation has to be kept.
#pragma once
#include <cmath>
#include <cstdint>

#include "vectors.h"

// As Python describes it: its place in ACTIVATIONS of table.py, -1 for none.
struct Activation {
    int64_t kind;
    double slope;  // of LeakyReLU
};

// Rational approximation, within 3e-7 of the truth; NaN stays NaN, since each comparison with it is false.
inline V<float> tanh_of(V<float> x) {
    const V<float> limit = V<float>{} + 7.90531110763549805f;  // beyond it the float nearest to tanh is 1 or next to it
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    const V<float> y = x * x;
    V<float> p = -2.76076847742355e-16f * y + 2.00018790482477e-13f;
    p = p * y - 8.60467152213735e-11f;
    p = p * y + 5.12229709037114e-08f;
    p = p * y + 1.48572235717979e-05f;
    p = p * y + 6.37261928875436e-04f;
    p = p * y + 4.89352455891786e-03f;
    V<float> q = 1.19825839466702e-06f * y + 1.18534705686654e-04f;
    q = q * y + 2.26843463243900e-03f;
    q = q * y + 4.89352518554385e-03f;
    return p * x / q;
}

__attribute__((noinline)) inline V<double> tanh_of(V<double> x) {
    for (int lane = 0; lane < LANES<double>; lane++) x[lane] = std::tanh(x[lane]);
    return x;
}

// Each has of(x), and back(gradient, z): the gradient with respect to x, where z = of(x).
template <typename S> struct Identity {
    INLINED V<S> of(V<S> x) const { return x; }
    INLINED V<S> back(V<S> gradient, V<S>) const { return gradient; }
};
template <typename S> struct Tanh {
    INLINED V<S> of(V<S> x) const { return tanh_of(x); }
    INLINED V<S> back(V<S> gradient, V<S> z) const { return gradient * (S(1) - z * z); }
};
template <typename S> struct Hardtanh {
    const V<S> one = V<S>{} + S(1);
    INLINED V<S> of(V<S> x) const {
        x = x > one ? one : x;
        return x < -one ? -one : x;
    }
    INLINED V<S> back(V<S> gradient, V<S> z) const {
        gradient = z >= one ? V<S>{} : gradient;
        return z <= -one ? V<S>{} : gradient;
    }
};
template <typename S> struct ReLU {
    INLINED V<S> of(V<S> x) const { return x <= V<S>{} ? V<S>{} : x; }
    INLINED V<S> back(V<S> gradient, V<S> z) const { return z <= V<S>{} ? V<S>{} : gradient; }
};
template <typename S> struct LeakyReLU {
    const S slope;
    INLINED V<S> of(V<S> x) const { return x > V<S>{} ? x : x * slope; }
    INLINED V<S> back(V<S> gradient, V<S> z) const { return z > V<S>{} ? gradient : gradient * slope; }
};
template <typename S> struct Softsign {
    static V<S> size(V<S> x) { return x < V<S>{} ? -x : x; }
    INLINED V<S> of(V<S> x) const { return x / (S(1) + size(x)); }
    INLINED V<S> back(V<S> gradient, V<S> z) const {
        const V<S> rest = S(1) - size(z);
        return gradient * rest * rest;
    }
};
template <typename S> struct Sigmoid {
    INLINED V<S> of(V<S> x) const { return S(0.5) + S(0.5) * tanh_of(S(0.5) * x); }
    INLINED V<S> back(V<S> gradient, V<S> z) const { return gradient * z * (S(1) - z); }
};

constexpr int HARDTANH = 1;  // saturates at values that a difference of sums only nearly is

template <typename S, typename F> INLINED inline void with_activation(const Activation& activation, F f) {
    switch (activation.kind) {
    case 0: return f(Tanh<S>{});
    case HARDTANH: return f(Hardtanh<S>{});
    case 2: return f(ReLU<S>{});
    case 3: return f(LeakyReLU<S>{S(activation.slope)});
    case 4: return f(Softsign<S>{});
    case 5: return f(Sigmoid<S>{});
    default: return f(Identity<S>{});
    }
}
