"""Roots of covariances: Newton-Schulz steps come to what eigenvalues give, for values and for gradients."""

import pytest
import torch
from torch import Tensor

from demos.style.instant import statistics


def covariances(condition: float, channels: int = 24, seed: int = 1) -> Tensor:
    """(3, channels, channels) with random eigenvectors, the largest eigenvalue `condition` times the smallest."""
    random = torch.Generator().manual_seed(seed)
    vectors = torch.linalg.qr(torch.randn(3, channels, channels, generator=random, dtype=torch.float64))[0]
    values = 7.0 * torch.linspace(0, 1, channels, dtype=torch.float64).mul(-1).mul(torch.tensor(condition).log()).exp()
    return (vectors * values) @ vectors.mT


@pytest.mark.parametrize(
    ("condition", "steps", "tolerance"), [(1, 18, 1e-12), (1e2, 18, 1e-12), (1e4, 18, 1e-10), (1e8, 30, 1e-6)]
)
def test_steps_give_the_roots_that_eigenvalues_give(condition: float, steps: int, tolerance: float) -> None:
    matrix = covariances(condition)
    expected = statistics.roots_by_eigenvalues(matrix)
    computed = statistics.roots_by_newton_schulz(matrix, steps)
    for one, two in zip(computed, expected, strict=True):
        assert (one - two).norm() < tolerance * two.norm()
    torch.testing.assert_close(computed[0] @ computed[0], matrix, rtol=0, atol=1e-8)


def test_few_steps_leave_only_the_smallest_eigenvalues_short() -> None:
    matrix = covariances(1e8)
    (root, _), (expected, _) = statistics.roots_by_newton_schulz(matrix), statistics.roots_by_eigenvalues(matrix)
    assert (root - expected).norm() < 1e-3 * expected.norm()


@pytest.mark.parametrize("condition", [1e2, 1e4])
def test_steps_have_the_gradient_that_eigenvalues_have(condition: float) -> None:
    weight = torch.randn(24, 24, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    gradients = []
    for roots in (statistics.roots_by_eigenvalues, statistics.roots_by_newton_schulz):
        matrix = covariances(condition).requires_grad_()
        (roots(matrix)[0] * weight).sum().backward()
        gradients.append((matrix.grad + matrix.grad.mT) / 2)  # a symmetric matrix only moves symmetrically
    assert (gradients[1] - gradients[0]).norm() < 1e-6 * gradients[0].norm()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 2e-3)])
def test_a_gpu_moves_activations_as_the_cpu_does(
    dtype: torch.dtype, tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a style that is nearly flat, too: there the floor keeps the matrices invertible."""
    assert statistics.roots_on(torch.device("cuda")) is statistics.roots_by_newton_schulz
    assert statistics.roots_on(torch.device("cpu")) is statistics.roots_by_eigenvalues

    def of(condition: float, seed: int, dtype: torch.dtype) -> statistics.Statistics:
        return statistics.Statistics(
            torch.zeros(3, 24, 1, 1, dtype=dtype), covariances(condition, seed=seed).to(dtype)
        )  # fmt: skip

    conditions = ((1e2, 1e1), (1e6, 1e1), (1e6, 1e8))
    expected = [statistics.transport(of(a, 1, torch.float64), of(b, 2, torch.float64)) for a, b in conditions]
    monkeypatch.setattr(statistics, "roots_on", lambda device: statistics.roots_by_newton_schulz)
    for (a, b), matrix in zip(conditions, expected, strict=True):
        computed = statistics.transport(of(a, 1, dtype), of(b, 2, dtype)).double()
        assert (computed - matrix).norm() < tolerance * matrix.norm()
