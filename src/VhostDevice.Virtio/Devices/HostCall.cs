// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// One call to a device's host side, which may wait, and the chains that it is made for; see <see cref="HostCallDevice"/>.
/// An object is used for call after call.
/// </summary>
public abstract class HostCall
{
    private Exception? _fault;

    /// <summary>Where its chains came from; all from the same queue. Set before the call is submitted.</summary>
    public Virtqueue? Queue { get; protected set; }

    /// <summary>Who makes it; null: it never waits, so it is made at once, and may use guest memory.</summary>
    public HostCalls? Calls { get; protected set; }

    /// <summary>Whether there is anything to be made. What is only to be answered still waits for those before it.</summary>
    protected internal abstract bool IsNeeded { get; }

    /// <summary>Whether no further call may be with the host at the same time: this one uses what there is once only.</summary>
    protected internal virtual bool IsLastOfBatch => false;

    /// <summary>
    /// Makes the call, on the loop's thread or another; there it touches no guest memory and no queue. What it throws is
    /// reported, and costs this call only.
    /// </summary>
    protected abstract void Make();

    /// <summary>
    /// It will not be made, because its ring is given up, or its code has thrown: the answer is an error, and from now on it
    /// <see cref="IsNeeded">is not needed</see>. On any thread.
    /// </summary>
    protected internal abstract void Fail();

    /// <returns>Whether the host has been asked.</returns>
    internal bool Execute()
    {
        if (!IsNeeded)
            return false;
        try
        {
            Make();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _fault = fault;
            Fail();
        }

        return true;
    }

    internal Exception? TakeFault()
    {
        Exception? fault = _fault;
        _fault = null;
        return fault;
    }
}
