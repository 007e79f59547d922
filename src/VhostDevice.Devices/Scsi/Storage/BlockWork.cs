// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>A request on its way through a worker.</summary>
internal sealed class BlockWork : WorkItem
{
    private readonly BlockRequest _request;
    private Worker? _worker;
    private Errno _error;

    private BlockWork(EventLoop loop, BlockRequest request)
        : base(loop) => _request = request;

    /// <param name="loop">The request's own, always the same.</param>
    internal static void Begin(EventLoop loop, Worker worker, BlockRequest request)
    {
        BlockWork work = request.Work ??= new BlockWork(loop, request);
        work._worker = worker;
        worker.Add(work);
    }

    /// <summary>
    /// Ends a request that is with a worker and not begun; one that is begun looks at
    /// <see cref="BlockRequest.IsCancelled"/> now and then.
    /// </summary>
    internal void Cancel()
    {
        if (IsOut && _worker!.TryTakeBack(this))
            _request.Finish(Errno.ECANCELED);
    }

    protected override void Work() => _error = FileOperation.Run(_request);

    protected override void Done(Exception? fault) => _request.Finish(fault is null ? _error : Errno.EIO);
}
