// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary><c>console send</c>: bytes go to the guest, and it is over when the guest has taken them.</summary>
/// <param name="text">What to send; null: standard input to its end.</param>
internal sealed class SendRun(byte[]? text, TimeSpan patience) : ClientRun, IFdStreamOwner
{
    private readonly byte[] _read = new byte[ConsoleClient.MostIn];
    private byte[] _rest = [];
    private FdStream? _input;
    private bool _hasAll = text is not null;

    public override void Began(string port)
    {
        FailAfter(patience, $"the guest does not read what is sent to {port}: nobody in it has the port open, or it is busy");
        _rest = text ?? [];
        if (text is null)
        {
            _input = new FdStream(OwnStream.Open(0, write: false), this) { Wish = InputWish.Now };
            _ = _input.Start(Loop);
        }

        Pass();
    }

    public override void Wrote(ReadOnlySpan<byte> bytes)
    {
    }

    public override void RoomAgain() => Pass();

    unsafe void IFdStreamOwner.InputReady()
    {
        if (_rest.Length > 0)
            return;
        fixed (byte* p = _read)
        {
            IoVec piece = new(p, (nuint)_read.Length);
            _rest = _read[..(int)_input!.Read(new ReadOnlySpan<IoVec>(in piece))];
        }

        if (_rest.Length == 0 && _input is { InputEnded: true })
            _hasAll = true;
        Pass();
    }

    void IFdStreamOwner.RoomAgain()
    {
    }

    void IFdStreamOwner.Gone(FdStream stream)
    {
        _hasAll = true;
        Pass();
    }

    protected override void Dispose(bool disposing)
    {
        _input?.Dispose();
        base.Dispose(disposing);
    }

    private void Pass()
    {
        _rest = _rest[Session.Send(_rest)..];
        if (_input is not null)
            _input.Wish = _rest.Length == 0 ? InputWish.Now : InputWish.Later;
        if (_hasAll && _rest.Length == 0 && Session.IsQuiet)
            End(0);
    }
}
