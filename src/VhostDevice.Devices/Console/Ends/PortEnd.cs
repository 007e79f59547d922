// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// What a port is connected with on the host. It outlives guests, belongs to one loop, and never waits. Data passes straight
/// between the guest's memory and a descriptor wherever there is one.
/// </summary>
internal abstract class PortEnd : IDisposable
{
    /// <summary>As a user would write it.</summary>
    public abstract string Description { get; }

    /// <summary>Whether somebody is there who reads.</summary>
    public virtual bool IsOpen => true;

    /// <summary>What becomes of its input; an end without input ignores it.</summary>
    public virtual InputWish Wish { get; set; }

    /// <summary>The port that it belongs to; null before <see cref="Start"/>.</summary>
    protected IPortEndOwner? Owner { get; private set; }

    /// <summary>The loop that it lives on.</summary>
    protected EventLoop Loop { get; private set; } = null!;

    /// <summary>Begins, once.</summary>
    public void Start(EventLoop loop, IPortEndOwner owner)
    {
        Loop = loop;
        Owner = owner;
        OnStart();
    }

    /// <summary>Takes bytes of the guest, from the first on.</summary>
    /// <returns>How many were taken. If that is less than there are, <see cref="IPortEndOwner.RoomAgain"/> follows, or the end
    /// is not open any more.</returns>
    public abstract nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes);

    /// <summary>Puts what has come into the pieces.</summary>
    /// <returns>Bytes read; 0: nothing now. <see cref="IPortEndOwner.InputReady"/> says when there is more.</returns>
    public virtual nuint Read(ReadOnlySpan<IoVec> pieces) => 0;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void OnStart()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
