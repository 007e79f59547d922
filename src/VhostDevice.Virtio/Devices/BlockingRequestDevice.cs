// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// A device each of whose requests is one call to a host side that may wait: it reads the request, makes the call, writes
/// the answer. Only the call leaves the loop; the rest is <see cref="HostCallDevice"/>'s.
/// </summary>
/// <typeparam name="TRequest">What a request says and what came of it, apart from guest memory; used again and again.</typeparam>
/// <param name="calls">Who makes the calls; stays the caller's, for all guests of the host side. Null: they never wait.</param>
public abstract class BlockingRequestDevice<TRequest>(HostCalls? calls) : HostCallDevice
    where TRequest : class
{
    private Item? _next;

    private enum Outcome
    {
        /// <summary>To be made, or made.</summary>
        Good,

        /// <summary>It made no sense, was left out, or threw.</summary>
        Failed,
    }

    /// <summary>Makes an empty request. There are at most 34 for each device.</summary>
    protected abstract TRequest NewRequest();

    /// <summary>Copies what the driver wrote, and checks the copy. On the loop.</summary>
    /// <param name="request">May still say what it said the last time.</param>
    /// <returns>False: the request makes no sense, and gets <see cref="WriteError"/>.</returns>
    protected abstract bool TryRead(Virtqueue queue, DescriptorChain chain, TRequest request);

    /// <summary>Does what the request says, as long as that takes, and keeps what came of it in the request. On any thread.</summary>
    protected abstract void Call(TRequest request);

    /// <summary>Answers a request whose call was made. On the loop.</summary>
    /// <returns>Bytes written to the chain's writable part, from its start.</returns>
    protected abstract uint Write(DescriptorChain chain, TRequest request);

    /// <summary>Answers a request that made no sense, was cancelled, or whose code has thrown. On the loop.</summary>
    /// <returns>As for <see cref="Write"/>; 0 where the device type has no status.</returns>
    protected virtual uint WriteError(DescriptorChain chain) => 0;

    protected sealed override void Take(Virtqueue queue, DescriptorChain chain)
    {
        Item item = _next ?? (Item?)TakeSpare() ?? new Item(this, calls, NewRequest());
        _next = null;
        item.Begin(queue, chain);
        try
        {
            if (!TryRead(queue, chain, item.Request))
                item.Outcome = Outcome.Failed;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            item.Outcome = Outcome.Failed;
            queue.Counters.Errors++;
            Host.ReportFault(fault);
        }

        if (Submit(item))
            _next = item;
    }

    protected sealed override void Answer(HostCall call)
    {
        Item item = (Item)call;
        DescriptorChain chain = item.End();
        Virtqueue queue = item.Queue!;
        uint written = 0;
        try
        {
            if (!queue.IsStopped)
                written = item.Outcome == Outcome.Good ? Write(chain, item.Request) : WriteError(chain);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            queue.Counters.Errors++;
            Host.ReportFault(fault);
        }

        queue.Complete(chain, written);
    }

    private sealed class Item : HostCall
    {
        private readonly BlockingRequestDevice<TRequest> _device;
        private DescriptorChain? _chain;

        internal Item(BlockingRequestDevice<TRequest> device, HostCalls? calls, TRequest request)
        {
            _device = device;
            Calls = calls;
            Request = request;
        }

        internal TRequest Request { get; }

        internal Outcome Outcome { get; set; }

        protected internal override bool IsNeeded => Outcome == Outcome.Good;

        internal void Begin(Virtqueue queue, DescriptorChain chain)
        {
            Queue = queue;
            _chain = chain;
            Outcome = Outcome.Good;
        }

        internal DescriptorChain End()
        {
            DescriptorChain chain = _chain!;
            _chain = null;
            return chain;
        }

        protected internal override void Fail() => Outcome = Outcome.Failed;

        protected override void Make() => _device.Call(Request);
    }
}
