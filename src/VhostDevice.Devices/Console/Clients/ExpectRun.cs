// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary><c>console expect</c>: it is over when the guest has written something that fits a pattern.</summary>
/// <param name="send">Sent before; what it leads to comes after it.</param>
/// <param name="isQuiet">What comes is not printed.</param>
internal sealed class ExpectRun(TextPattern pattern, string text, byte[] send, TimeSpan patience, bool isQuiet) : ClientRun
{
    private byte[] _rest = send;

    public override void Began(string port) =>
        FailAfter(patience, string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"nothing that fits '{text}' came from {port} within {patience.TotalSeconds} s"));

    public override void Live() => RoomAgain();

    public override void RoomAgain() => _rest = _rest[Session.Send(_rest)..];

    public override void Wrote(ReadOnlySpan<byte> bytes)
    {
        int looked = pattern.Look(bytes);
        if (!isQuiet)
            StandardOutput.Write(bytes[..looked]);
        if (!pattern.IsFound)
            return;
        if (!isQuiet)
            StandardOutput.Write("\n");
        End(0);
    }
}
