// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>An engine for each of several loops, which share files and nothing else.</summary>
/// <param name="engines">All of the same kind and new; its own from now on.</param>
public sealed class EngineSet(IReadOnlyList<IIoEngine> engines) : IIoEngine
{
    private readonly IIoEngine[] _engines = [.. engines];

    public void Attach(EventLoop loop, int number = 0) => _engines[number].Attach(loop);

    /// <inheritdoc/>
    /// <remarks>All give out the same places in the same order, so that a file has one name for all of them, or none.</remarks>
    public int Register(int fd)
    {
        int[] places = [.. _engines.Select(e => e.Register(fd))];
        if (Array.TrueForAll(places, p => p == places[0]))
            return places[0];
        for (int i = 0; i < places.Length; i++)
            _engines[i].Unregister(places[i]);
        return -1;
    }

    public void Unregister(int place)
    {
        foreach (IIoEngine engine in _engines)
            engine.Unregister(place);
    }

    public bool Gathers(BlockRequest request) => _engines[request.Engine].Gathers(request);

    public void Begin(BlockRequest request) => _engines[request.Engine].Begin(request);

    public void BeginOnThread(BlockRequest request) => _engines[request.Engine].BeginOnThread(request);

    public void Cancel(BlockRequest request) => _engines[request.Engine].Cancel(request);

    public void Dispose()
    {
        foreach (IIoEngine engine in _engines)
            engine.Dispose();
    }
}
