// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// An adapter of the host, through /dev/i2c-N: plain I2C transfers where it has them, SMBus otherwise. One
/// transfer is made at a time, so the address that the kernel keeps per open file needs no lock.
/// </summary>
public sealed class LinuxI2cBus : II2cBus
{
    private readonly IAdapterFile _file;
    private readonly I2cFunctions _functions;
    private readonly HashSet<(ushort Address, bool TenBit)> _addresses;
    private (ushort Address, bool TenBit)? _current;

    /// <param name="file">The bus owns it.</param>
    /// <param name="functions">What it said it can do; see <see cref="IsUsable"/>.</param>
    /// <param name="addresses">Those that guests may talk to.</param>
    public LinuxI2cBus(string name, IAdapterFile file, I2cFunctions functions, IEnumerable<(ushort Address, bool TenBit)> addresses)
    {
        Name = name;
        _file = file;
        _functions = functions;
        _addresses = [.. addresses];
    }

    public string Name { get; }

    public bool MayBlock => true;

    /// <summary>Whether an adapter that can do this is of any use.</summary>
    public static bool IsUsable(I2cFunctions functions) => (functions & (I2cFunctions.I2c | SmbusTransfer.Any)) != 0;

    public bool HasAddress(ushort address, bool tenBit) => _addresses.Contains((address, tenBit));

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        if (_functions.HasFlag(I2cFunctions.I2c))
            return Math.Max(_file.Transfer(messages, out errno), 0);
        errno = Select(messages);
        if (errno.IsSuccess)
            errno = SmbusTransfer.Make(_file, _functions, messages);
        return errno.IsSuccess ? messages.Length : 0;
    }

    public void Dispose() => _file.Dispose();

    private Errno Select(ReadOnlySpan<I2cMessage> messages)
    {
        (ushort Address, bool TenBit) address = (messages[0].Address, messages[0].IsTenBit);
        foreach (ref readonly I2cMessage message in messages)
        {
            if (message.Address != address.Address || message.IsTenBit != address.TenBit)
                return Errno.EOPNOTSUPP;
        }

        if (_current == address)
            return Errno.Success;
        Errno errno = _file.SetAddress(address.Address, address.TenBit);
        _current = errno.IsSuccess ? address : null;
        return errno;
    }
}
