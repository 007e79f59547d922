// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Tests.Support;

/// <summary>
/// Tests that need the machine, or the garbage collector, for themselves: a collection that another test causes moves
/// the counters of allocated bytes, and a third busy thread hides what two would show.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
