// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>A host side that doubles numbers, as slowly as a test wants.</summary>
/// <param name="mayWait">Whether its calls are made by <see cref="HostCalls"/>.</param>
internal sealed class TestHostSide(bool mayWait = true) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<uint> _made = [];
    private readonly SemaphoreSlim _gate = new(0);

    internal HostCalls? Calls { get; } = mayWait ? new HostCalls("test-host") : null;

    /// <summary>Calls wait for <see cref="LetOneGo"/>.</summary>
    internal bool IsGated { get; set; }

    /// <summary>Each call takes at least so long; the thread is kept, as a system call does.</summary>
    internal TimeSpan Takes { get; set; }

    internal Func<uint, bool>? ThrowsAt { get; set; }

    internal Action? OnCall { get; set; }

    internal int LastThread { get; private set; }

    /// <summary>What was asked for, in order.</summary>
    internal IReadOnlyList<uint> Made
    {
        get
        {
            lock (_lock)
                return [.. _made];
        }
    }

    internal int Count
    {
        get
        {
            lock (_lock)
                return _made.Count;
        }
    }

    internal ulong Double(uint number)
    {
        lock (_lock)
        {
            _made.Add(number);
            LastThread = Environment.CurrentManagedThreadId;
        }

        OnCall?.Invoke();
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Takes;)
            Thread.SpinWait(10);
        if (IsGated)
            _gate.Wait();
        return ThrowsAt?.Invoke(number) == true ? throw new InvalidOperationException($"no place for {number}") : 2ul * number;
    }

    internal void LetOneGo() => _gate.Release();

    internal void LetAllGo()
    {
        IsGated = false;
        _gate.Release(1000);
    }

    public void Dispose()
    {
        Calls?.Dispose();
        _gate.Dispose();
    }
}
