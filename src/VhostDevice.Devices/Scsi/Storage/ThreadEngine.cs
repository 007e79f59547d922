// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Operations on a few threads, where there is no io_uring.</summary>
/// <param name="threads">At least 1; each is started when it is needed.</param>
public sealed class ThreadEngine(int threads = ThreadEngine.DefaultThreads) : IIoEngine
{
    private const int DefaultThreads = 4;

    private readonly Worker[] _workers = [.. Enumerable.Range(0, threads).Select(i => new Worker($"disk-{i}"))];
    private EventLoop? _loop;
    private int _next;

    public void Attach(EventLoop loop, int number = 0) => _loop = loop;

    public int Register(int fd) => -1;

    public void Unregister(int place)
    {
    }

    /// <inheritdoc/>
    /// <remarks>Each would wake a thread.</remarks>
    public bool Gathers(BlockRequest request) => false;

    public void Begin(BlockRequest request)
    {
        _next = (_next + 1) % _workers.Length;
        BlockWork.Begin(_loop!, _workers[_next], request);
    }

    public void BeginOnThread(BlockRequest request) => BlockWork.Begin(_loop!, request.Worker!, request);

    public void Cancel(BlockRequest request) => request.Work?.Cancel();

    public void Dispose()
    {
        foreach (Worker worker in _workers)
            worker.Dispose();
    }
}
