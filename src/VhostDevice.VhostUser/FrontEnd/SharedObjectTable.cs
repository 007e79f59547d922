// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// The objects that the devices of one guest share by their ids. The table knows who has an object; the object itself is
/// asked for (GET_SHARED_OBJECT) when another device looks it up. Not thread-safe: all connections are one thread's.
/// </summary>
public sealed class SharedObjectTable
{
    private readonly Dictionary<Guid, FrontEndConnection> _exporters = [];

    /// <summary>Ids that some device has added and not removed.</summary>
    public IReadOnlyCollection<Guid> Ids => _exporters.Keys;

    /// <summary>Serves the requests of one device about the table.</summary>
    public IBackEndRequestHandler For(FrontEndConnection connection) => new Handler(this, connection);

    private sealed class Handler(SharedObjectTable table, FrontEndConnection connection) : IBackEndRequestHandler
    {
        public bool TryServe(ReceivedMessage message, out ulong code, out OwnedFd? file)
        {
            file = null;
            code = 1;
            BackEndRequest request = (BackEndRequest)message.Header.Request;
            if (request is not (BackEndRequest.SharedObjectAdd or BackEndRequest.SharedObjectRemove or BackEndRequest.SharedObjectLookup))
                return false;
            if (message.Payload.Length < 16)
                return true;
            Guid id = new(message.Payload.AsSpan(0, 16), bigEndian: true);
            table._exporters.TryGetValue(id, out FrontEndConnection? exporter);
            bool good = request switch
            {
                BackEndRequest.SharedObjectAdd => exporter is null && table._exporters.TryAdd(id, connection),
                // Only who added it may.
                BackEndRequest.SharedObjectRemove => exporter == connection && table._exporters.Remove(id),
                // Its own connection may be in the middle of an answer.
                _ => exporter is not null && exporter != connection && (file = exporter.GetSharedObject(id)) is not null,
            };
            code = good ? 0UL : 1UL;
            return true;
        }
    }
}
