// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Rng;

/// <summary>
/// The entropy device (virtio 1.3 §5.4): one queue, whose requests are buffers to fill with random bytes. An answer
/// may be shorter than the buffer but is never empty; requests that cannot be served yet stay in the ring.
/// </summary>
public sealed class RngDevice : VirtioDevice
{
    /// <summary>Most bytes per answer and per read of the source, so that no request holds up the loop for long.</summary>
    public const int MaxAnswer = 64 * 1024;

    private const int MaxBatch = 64;

    private readonly IEntropySource _source;
    private readonly RateLimit _limit;
    private readonly ILogger _log;
    private readonly Action _sourceReady;
    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(IoVec.MaxPerCall, pinned: true);
    private readonly DescriptorChain[] _chains = new DescriptorChain[MaxBatch];
    private readonly int[] _wanted = new int[MaxBatch];
    private LoopTimer? _nextPeriod;
    private Virtqueue? _queue;
    private bool _failed;

    /// <param name="source">Shared; stays the caller's.</param>
    /// <param name="limit">This socket's share; stays the caller's.</param>
    public RngDevice(IEntropySource source, RateLimit limit, ILogger log)
    {
        _source = source;
        _limit = limit;
        _log = log;
        _sourceReady = () => Host.Loop.Post(Continue);
    }

    public override uint DeviceId => 4;

    public override int QueueCount => 1;

    public override bool KeepsOrder => true;

    public override void QueueStarted(Virtqueue queue) => _queue = queue;

    public override void QueueStopping(Virtqueue queue)
    {
        _queue = null;
        _nextPeriod?.Cancel();
        _source.Forget(_sourceReady);
    }

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.HasAvailable && TryBudget(out int budget))
        {
            int count = Collect(queue, budget, out int pieces, out int total);
            if (total < budget)
                _source.Release(budget - total);
            if (count == 0)
                return;
            _limit.Spend((ulong)Fill(queue, count, pieces, total));
        }
    }

    protected override void Dispose(bool disposing)
    {
        _queue = null;
        _nextPeriod?.Dispose();
        _source.Forget(_sourceReady);
        base.Dispose(disposing);
    }

    // How many bytes limit and source allow now. When none, somebody will call again.
    private bool TryBudget(out int budget)
    {
        budget = (int)Math.Min(_limit.Allowance(out TimeSpan wait), MaxAnswer);
        if (budget > 0)
            return (budget = _source.Reserve(budget, _sourceReady)) > 0;
        if (_nextPeriod is not null || Host.Loop.CreateTimer(Continue, out _nextPeriod).IsSuccess)
            _nextPeriod!.Start(wait);
        return false;
    }

    // Takes requests and lists their buffers, all together no larger than the budget.
    private int Collect(Virtqueue queue, int budget, out int pieces, out int total)
    {
        int count = 0;
        pieces = total = 0;
        while (count < MaxBatch && pieces < _pieces.Length && total < budget && queue.TryPop(out DescriptorChain? chain))
        {
            if (chain.WritableBytes == 0)
            {
                // Nothing can be written, and there is no status to complain with.
                queue.Complete(chain, 0);
                continue;
            }

            pieces += chain.ListWritable(_pieces.AsSpan(pieces), (uint)(budget - total), out uint bytes);
            _chains[count] = chain;
            _wanted[count++] = (int)bytes;
            total += (int)bytes;
        }

        return count;
    }

    private int Fill(Virtqueue queue, int count, int pieces, int total)
    {
        nint got = _source.Read(_pieces.AsSpan(0, pieces), out Errno errno);
        if (got < total)
            ReportFailure(queue, errno);
        int left = (int)Math.Max(got, 0);
        for (int i = 0; i < count; i++)
        {
            int n = Math.Min(left, _wanted[i]);
            queue.Complete(_chains[i], (uint)n);
            left -= n;
        }

        return (int)Math.Max(got, 0);
    }

    private void Continue() => _queue?.RequestService();

    private void ReportFailure(Virtqueue queue, Errno errno)
    {
        queue.Counters.Errors++;
        if (_failed)
            return;
        _failed = true;
        _log.LogError("random bytes cannot be written to the guest's memory: {Errno}; such requests are answered empty", errno);
    }
}
