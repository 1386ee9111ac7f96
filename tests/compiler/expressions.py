"""Functions of two numbers, each one expression that plain compiled code is known or feared to get wrong."""

from __future__ import annotations

import math


def square(x, y):
    return x**2


def cube(x, y):
    return x**3


def inverse(x, y):
    return x**-1


def root(x, y):
    return abs(x) ** 0.5


def power(x, y):
    return abs(x) ** y


def exp(x, y):
    return math.exp(x)


def expm1(x, y):
    return math.expm1(x)


def log(x, y):
    return math.log(x)


def log2(x, y):
    return math.log2(x)


def log10(x, y):
    return math.log10(x)


def log1p(x, y):
    return math.log1p(x)


def sqrt(x, y):
    return math.sqrt(x)


def sin(x, y):
    return math.sin(x)


def cos(x, y):
    return math.cos(x)


def tan(x, y):
    return math.tan(x)


def asin(x, y):
    return math.asin(x)


def acos(x, y):
    return math.acos(x)


def atan(x, y):
    return math.atan(x)


def sinh(x, y):
    return math.sinh(x)


def cosh(x, y):
    return math.cosh(x)


def tanh(x, y):
    return math.tanh(x)


def atan2(x, y):
    return math.atan2(x, y)


def fmod(x, y):
    return math.fmod(x, y)


def copysign(x, y):
    return math.copysign(x, y)


def divide(x, y):
    return x / y


def floor_divide(x, y):
    return x // y


def modulo(x, y):
    return x % y


def round_whole(x, y):
    return round(x)


def round_two(x, y):
    return round(x, 2)


def round_five(x, y):
    return round(x, 5)


def round_zero(x, y):
    return round(x, 0)


def mixed(x, y):
    return x * y + 1.234 * x - y / 3


def smaller(x, y):
    return min(x, y, 0.5)


def larger(x, y):
    return max(x, y)


def clipped(x, y):
    return 1.0 if x > y else abs(x)


def add(x, y):
    return x + y


def subtract(x, y):
    return x - y


def multiply(x, y):
    return x * y


def int_cube(x, y):
    return x**3


def int_inverse(x, y):
    return x**-1


FLOAT = [
    square, cube, inverse, root, power, exp, expm1, log, log2, log10, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh,
    cosh, tanh, atan2, fmod, copysign, divide, floor_divide, modulo, round_whole, round_two, round_five, round_zero,
    mixed, smaller, larger, clipped,
]  # fmt: skip
INT = [add, subtract, multiply, divide, floor_divide, modulo, int_cube, int_inverse]
