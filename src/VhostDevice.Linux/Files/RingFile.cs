// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>The file of an operation of an <see cref="IoUring"/>.</summary>
/// <param name="Number">A descriptor, or a place of the ring's table.</param>
/// <param name="IsPlace">The latter.</param>
public readonly record struct RingFile(int Number, bool IsPlace);
