// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary><c>console log</c>: what a guest wrote, and what it writes.</summary>
/// <param name="follows">It goes on with what comes.</param>
/// <param name="stamps">Each line that comes begins with the time.</param>
internal sealed class LogRun(bool follows, bool stamps, Recording? recording) : ClientRun
{
    private bool _isLive;
    private bool _isLineStart = true;

    public override void Live()
    {
        _isLive = true;
        if (!follows)
            End(0);
    }

    public override void Wrote(ReadOnlySpan<byte> bytes)
    {
        recording?.Output(bytes);
        if (!stamps)
        {
            StandardOutput.Write(bytes);
            return;
        }

        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n') + 1;
            int length = end == 0 ? bytes.Length : end;
            // Nobody noted when the others were written.
            if (_isLineStart && _isLive)
                StandardOutput.Write(Encoding.ASCII.GetBytes(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ ", CultureInfo.InvariantCulture)));
            StandardOutput.Write(bytes[..length]);
            _isLineStart = end > 0;
            bytes = bytes[length..];
        }
    }

    public override void Lost(long bytes) => Notes.Write($"{bytes} bytes were lost: this end was too slow");

    protected override void Dispose(bool disposing)
    {
        recording?.Dispose();
        base.Dispose(disposing);
    }
}
