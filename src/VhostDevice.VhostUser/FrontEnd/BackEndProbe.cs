// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// Asks a back-end what it offers and leaves again: only questions, no owner, no memory, no rings. Works with any back-end;
/// one that closes the connection at a question it does not know, or does not answer, yields what was learned until then.
/// </summary>
public sealed class BackEndProbe
{
    /// <summary>QEMU never asks for more.</summary>
    private const uint MaxConfig = 256;

    // What the questions need. Not REPLY_ACK: a probe waits for nothing that it did not ask.
    private const ProtocolFeatures Wanted =
        ProtocolFeatures.Mq | ProtocolFeatures.Config | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.Status | ProtocolFeatures.ShmemMap;

    private readonly FrontEndConnection _connection;
    private ProbeResult _result = new();
    private ProtocolFeatures _accepted;

    private BackEndProbe(FrontEndConnection connection) => _connection = connection;

    /// <summary>Connects to a listening back-end and asks it.</summary>
    /// <param name="timeout">For each answer.</param>
    /// <exception cref="FrontEndException"><see cref="FrontEndFailure.Connect"/>: nobody listens there.</exception>
    public static ProbeResult Run(string path, TimeSpan timeout)
    {
        using FrontEndConnection connection = FrontEndConnection.Connect(path);
        connection.ReplyTimeout = timeout;
        return Run(connection);
    }

    /// <summary>Asks over a fresh connection, which stays the caller's; the answers' time limit is the connection's.</summary>
    public static ProbeResult Run(FrontEndConnection connection)
    {
        BackEndProbe probe = new(connection);
        try
        {
            probe.Ask();
        }
        catch (FrontEndException problem)
        {
            probe._result = probe._result with { Problem = problem };
        }

        return probe._result;
    }

    private void Ask()
    {
        // The order of every front-end, which all back-ends are used to; the riskiest question comes last.
        ulong features = _connection.GetFeatures();
        _result = _result with { Features = features };
        if ((features & VirtioFeatures.ProtocolFeatures) == 0)
            return;
        ProtocolFeatures offered = _connection.GetProtocolFeatures();
        _result = _result with { ProtocolFeatures = offered };
        _accepted = offered & Wanted;
        _connection.AckPolicy = AckPolicy.Never;
        _connection.SetProtocolFeatures(_accepted);

        if (Has(ProtocolFeatures.Mq))
            _result = _result with { QueueCount = _connection.GetQueueNum() };
        if (Has(ProtocolFeatures.ConfigureMemSlots))
            _result = _result with { MaxMemorySlots = _connection.GetMaxMemSlots() };
        if (Has(ProtocolFeatures.Status))
            _result = _result with { Status = _connection.GetStatus() };
        if (Has(ProtocolFeatures.ShmemMap))
            _result = _result with { SharedMemory = _connection.GetShmemConfig() };
        if (Has(ProtocolFeatures.Config))
            AskConfig();
    }

    private bool Has(ProtocolFeatures feature) => (_accepted & feature) != 0;

    /// <summary>Some back-ends refuse to read beyond their config space: then its size is found by halving.</summary>
    private void AskConfig()
    {
        byte[]? whole = _connection.GetConfig(0, MaxConfig);
        if (whole is not null)
        {
            _result = _result with { Config = whole };
            return;
        }

        uint accepted = 0;
        for (uint refused = MaxConfig; refused - accepted > 1;)
        {
            uint middle = (accepted + refused) / 2;
            if (_connection.GetConfig(0, middle) is not { } part)
            {
                refused = middle;
                continue;
            }

            accepted = middle;
            _result = _result with { Config = part };
        }
    }
}
