"""Truths and predictions made up for tests, in the shape of this project's answers: shares of classes."""

from __future__ import annotations

import numpy as np

from telco_churn.problem.labels import CLASSES

K = len(CLASSES)
WEAK = {"C": 0.0001}  # a linear member that is held so tightly that it hardly learns


def truths(n: int, seed: int = 0) -> np.ndarray:
    """(n,) positions of classes, as metrics compare them."""
    return np.random.default_rng(seed).integers(0, K, n)


def guesses(truth: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """A member's predictions of the truth, worse with more noise."""
    scores = 2.0 * np.eye(K)[truth] + np.random.default_rng(seed).normal(0, noise, (len(truth), K))
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True)


def honest(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A truth, and predictions that mean what they say."""
    generator = np.random.default_rng(seed)
    scores = np.exp(generator.normal(0, 1.0, (n, K)))
    predicted = scores / scores.sum(axis=1, keepdims=True)
    return np.array([generator.choice(K, p=row) for row in predicted]), predicted


def near(truth: np.ndarray) -> np.ndarray:
    """Predictions that are right more often than not, and sure of themselves by 0.7."""
    likeliest = np.where(np.arange(len(truth)) % 10 < 7, truth, (truth + 1) % K)
    return 0.7 * np.eye(K)[likeliest] + 0.3 / K


def saying(shares: np.ndarray) -> np.ndarray:
    """Predictions made of one number from 0 to 1 a row: the last class's share."""
    predicted = np.repeat((1 - shares)[:, None] / max(K - 1, 1), K, axis=1)
    predicted[:, -1] = shares
    return predicted


def learnable(order: np.ndarray) -> np.ndarray:
    """Encoded labels that follow the order of the rows (n,), from 0 up."""
    return (order * K // len(order)).astype(np.int64)
