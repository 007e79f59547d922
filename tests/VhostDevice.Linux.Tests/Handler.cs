// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Notes each call, then does what the test gave it.</summary>
internal sealed class Handler(Action<Readiness>? action = null) : IFdHandler
{
    internal List<Readiness> Calls { get; } = [];

    public void OnReady(Readiness readiness)
    {
        Calls.Add(readiness);
        action?.Invoke(readiness);
    }
}
